//! Whoever reads the output may go away; a disk that is full is no reader.

use std::io::Read;
use std::process::{Command, Stdio};

#[test]
fn a_reader_who_goes_away_is_no_panic() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for arguments in [
        &["replay", "scenarios/drill.jsonl"][..],
        &["due", "--policy", "xuancheng-2016", "--clock", "response", "--from", "2026-03-02"],
        &["--help"],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_huiying"))
            .args(arguments)
            .current_dir(root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        // Closed before anything is written.
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().expect("its messages").read_to_string(&mut said).expect("read");
        child.wait().expect("it ends");
        assert!(!said.contains("panicked") && !said.contains("Broken pipe"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_result_that_could_not_be_written_is_no_success() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has one");
    let run = Command::new(env!("CARGO_BIN_EXE_huiying"))
        .args(["due", "--policy", "xuancheng-2016", "--clock", "response", "--from", "2026-03-02"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(full)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(!run.status.success() && said.contains("写标准输出"), "{said}");
}
