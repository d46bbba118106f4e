//! `huiying train`: labelled texts in, a model out, with a report of how good it is on texts that it was not learnt from.

mod corrections;
mod letters;
mod own_events;
mod own_posts;
mod rows;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;

use super::verdicts::{self, Verdicts};
use super::{Failure, Global, Outcome, office_text, progress};
use crate::text::learn::{Example, Measured, Teacher};
use crate::text::model::{Head, Model, Source};

pub use rows::{File, files, read};

/// Columns that are learnt, about: for the progress bar.
const COLUMNS: u64 = 48;
/// Faults of a file that are told one by one.
const FAULTS_TOLD_MAX: usize = 5;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Train {
    /// Labelled texts: CSV (text,label) or JSON Lines, also .gz; a folder stands for the training files in it
    #[arg(long, value_name = "F", required = true, num_args = 1..)]
    data: Vec<PathBuf>,
    /// Learn also from what analysts put right in the configured database
    #[arg(long)]
    corrections: bool,
    /// Where to write the model
    #[arg(long, value_name = "F", default_value = "huiying-model.bin")]
    out: PathBuf,
    /// Decides the order in which texts are looked at
    #[arg(long, default_value_t = 20_161_213)]
    seed: u64,
    /// Learn only these judgements anew and keep the others of the model that is in use, e.g. concern
    #[arg(long, value_name = "HEAD", num_args = 1..)]
    heads: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Printed {
    file: String,
    version: String,
    bytes: usize,
    examples: usize,
    faults: usize,
    measured: serde_json::Map<String, serde_json::Value>,
}

impl Train {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let (mut examples, mut held, mut sources, mut faults) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for path in files(&self.data)? {
            let file = read(&path)?;
            faults += tell_faults(&path, &file);
            if !file.train.is_empty() {
                sources.push(file.source);
            }
            examples.extend(file.train);
            held.push((file.name, file.held));
        }
        if self.corrections {
            let corrected = corrections::read(global)?;
            eprintln!("人工更正：{} 条", corrected.len());
            sources.push(Source { name: "corrections".to_owned(), sha256: String::new(), rows: corrected.len() });
            examples.extend(corrected);
        }
        let (own, own_posts) = own_posts::read();
        sources.push(own);
        examples.extend(own_posts);
        examples.extend(own_posts::without_events());
        for (own, own_events) in own_events::read() {
            sources.push(own);
            examples.extend(own_events);
        }
        let heads = heads(&self.heads)?;
        if !heads.is_empty() {
            examples.retain(|example| example.labels.iter().any(|label| heads.contains(&label.head)));
        }
        if examples.is_empty() {
            return Err(Failure::Usage("没有可供训练的文本：--data 要给训练集（不只是 .dev.）".to_owned()));
        }
        let bytes = teach(self.seed, &examples, sources, &heads);
        let model = Model::read(bytes.clone()).map_err(|error| Failure::Other(error.into()))?;
        let version = model.version().to_owned();
        let verdicts = measure(global, model, &held)?;
        write(&self.out, &bytes)?;
        let measured = report(&verdicts);
        let printed = Printed {
            file: self.out.display().to_string(),
            version,
            bytes: bytes.len(),
            examples: examples.len(),
            faults,
            measured,
        };
        println!("{}", serde_json::to_string_pretty(&printed).map_err(anyhow::Error::new)?);
        Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

fn tell_faults(path: &Path, file: &File) -> usize {
    for (line, why) in file.faults.iter().take(FAULTS_TOLD_MAX) {
        eprintln!("{} 第 {line} 行未用：{why}", path.display());
    }
    if file.faults.len() > FAULTS_TOLD_MAX {
        eprintln!("{} 另有 {} 行未用", path.display(), file.faults.len() - FAULTS_TOLD_MAX);
    }
    file.faults.len()
}

/// The judgements of these names.
fn heads(names: &[String]) -> Result<Vec<Head>, Failure> {
    let of = |name: &String| {
        Head::ALL.into_iter().find(|head| head.name() == name).ok_or_else(|| {
            let known = Head::ALL.map(Head::name).join("、");
            Failure::Usage(format!("--heads 不认识“{name}”，可用：{known}"))
        })
    };
    names.iter().map(of).collect()
}

fn teach(seed: u64, examples: &[Example], sources: Vec<Source>, heads: &[Head]) -> Vec<u8> {
    let teacher = Teacher::new(seed);
    let bar = progress::bar("读文本", examples.len() as u64);
    let studied = teacher.study(examples, || bar.inc(1));
    bar.finish_and_clear();
    let bar = progress::bar("训练", COLUMNS);
    let bytes = match heads {
        [] => teacher.teach(&studied, sources, Vec::new(), |_| bar.inc(1)),
        _ => teacher.teach_heads(&studied, &Model::shipped(), heads, sources, |_| bar.inc(1)),
    };
    bar.finish_and_clear();
    bytes
}

fn measure(global: &Global, model: Model, held: &[(String, Vec<Example>)]) -> Result<Verdicts, Failure> {
    let analyser = office_text::analyser(global)?;
    analyser.set_model(model);
    let bar = progress::bar("检验", held.iter().map(|(_, examples)| examples.len() as u64).sum());
    let mut all = Verdicts::new();
    for (name, examples) in held {
        verdicts::judge(&analyser, name, examples, &mut all, || bar.inc(1));
    }
    bar.finish_and_clear();
    Ok(all)
}

/// Written beside and renamed, so that a service that watches the file never reads half of it.
fn write(out: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let beside = out.with_extension("part");
    let done = std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, out));
    done.map_err(|error| Failure::Usage(format!("{}：{error}", out.display())))
}

/// Tells how good the verdicts are, on standard error; gives the figures.
fn report(verdicts: &Verdicts) -> serde_json::Map<String, serde_json::Value> {
    let mut figures = serde_json::Map::new();
    for (name, judged) in verdicts {
        let measured = Measured::of(judged);
        eprintln!(
            "{name}：{} 条，正确率 {:.2}%，宏 F1 {:.2}%，校准误差 {}",
            measured.count,
            100.0 * measured.accuracy,
            100.0 * measured.macro_f1,
            measured.calibration_error.map_or("—".to_owned(), |error| format!("{error:.3}"))
        );
        for (gold, said, n) in &measured.confusions {
            eprintln!("    应为 {gold}，判为 {said}：{n}");
        }
        for wrong in &measured.worst {
            let sure = wrong.sure.map_or(String::new(), |sure| format!("（{sure:.2}）"));
            eprintln!("    错得最肯定：应为 {}，判为 {}{sure}：{}", wrong.gold, wrong.said, wrong.text);
        }
        let round = |value: f64| (value * 10_000.0).round() / 10_000.0;
        let value = serde_json::json!({
            "count": measured.count,
            "accuracy": round(measured.accuracy),
            "macro_f1": round(measured.macro_f1),
            "calibration_error": measured.calibration_error.map(round),
        });
        figures.insert(name.clone(), value);
    }
    figures
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::text::model::Head;

    /// A small collection: requests that their words tell apart.
    fn collection(folder: &Path) -> Vec<PathBuf> {
        let rows = |from: usize, to: usize| -> String {
            let row = |n: usize| match n % 2 {
                0 => format!("{n},第{n}户反映学校补课收费老师,教育文体\n"),
                _ => format!("{n},第{n}户反映公交车路口停车,交通运输\n"),
            };
            "id,text,label\n".to_owned() + &(from..to).map(row).collect::<String>()
        };
        let write = |name: &str, text: String| {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let stated = (0..20).map(|n| match n % 2 {
            0 => format!("{{\"text\":\"第{n}条，太好了，谢谢\",\"sentiment\":\"positive\",\"request\":\"thanks\"}}\n"),
            _ => {
                format!("{{\"text\":\"第{n}条，太差了，气人\",\"sentiment\":\"negative\",\"request\":\"complaint\"}}\n")
            }
        });
        vec![
            write("own.train.csv", rows(0, 40)),
            write("own.dev.csv", rows(40, 60)),
            write("stated.jsonl", stated.collect::<String>() + "{\"text\":\"\"}\n"),
        ]
    }

    fn learnt(paths: &[PathBuf], seed: u64) -> Vec<u8> {
        let files: Vec<File> = paths.iter().map(|path| read(path).unwrap()).collect();
        let sources = files.iter().map(|file| file.source.clone()).collect();
        let examples: Vec<Example> = files.into_iter().flat_map(|file| file.train).collect();
        let teacher = Teacher::new(seed);
        teacher.teach(&teacher.study(&examples, || ()), sources, Vec::new(), |_| ())
    }

    /// The command as a terminal gives it.
    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        train: Train,
    }

    #[test]
    fn the_same_data_and_seed_give_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let paths = collection(folder.path());
        let first = learnt(&paths, 7);
        assert!(first == learnt(&paths, 7), "byte for byte");
        let model = Model::read(first).unwrap();
        assert_eq!(model.classes(Head::Category).collect::<Vec<_>>(), ["education_culture", "transport"]);
        assert_eq!(model.classes(Head::Request).collect::<Vec<_>>(), ["complaint", "thanks"]);
        assert_eq!((model.card().seed, model.card().sources.len()), (7, 3));
        assert_eq!(model.card().sources[0].sha256.len(), 64);
    }

    #[test]
    fn a_model_is_trained_reported_on_and_written_whole() {
        let folder = tempfile::tempdir().unwrap();
        let data = collection(folder.path());
        let out = folder.path().join("model.bin");
        let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        let global = Global { rules: Some(rules), config: None };
        let words = ["train", "--seed", "1", "--out"].map(OsString::from);
        let paths = std::iter::once(OsString::from("--data")).chain(data.into_iter().map(PathBuf::into_os_string));
        let line = words.into_iter().chain([out.clone().into_os_string()]).chain(paths);
        let command = <Line as clap::Parser>::parse_from(line).train;
        // One row has no text: it is told about and the rest is learnt from.
        assert_eq!(command.run(&global).unwrap(), ExitCode::from(1));
        let model = Model::read(std::fs::read(&out).unwrap()).unwrap();
        assert!(!out.with_extension("part").exists());
        let held = read(&folder.path().join("own.dev.csv")).unwrap();
        let figures = report(&measure(&global, model, &[(held.name, held.held)]).unwrap());
        let figures = &figures["own category"];
        assert_eq!(
            (&figures["count"], &figures["accuracy"], &figures["macro_f1"]),
            (&20.into(), &1.0.into(), &1.0.into())
        );
        assert!(figures["calibration_error"].is_number());
    }
}
