//! Import formats, read from files as other tools write them.

use std::io::Write;
use std::path::PathBuf;

use super::*;
use crate::domain::mention::Channel;

struct Written {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn written(name: &str, bytes: &[u8]) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    File::create(&path).unwrap().write_all(bytes).unwrap();
    Written { _folder: folder, path }
}

fn read(bytes: &[u8], format: Format) -> Vec<Record> {
    let file = written("f", bytes);
    ImportReader::open(&file.path, format, &[], 0).unwrap().map(Result::unwrap).collect()
}

fn refused(bytes: &[u8], format: Format) -> String {
    let file = written("f", bytes);
    ImportReader::open(&file.path, format, &[], 0).err().expect("refused").to_string()
}

fn rejects(records: &[Record]) -> Vec<(u64, String)> {
    records.iter().filter_map(|r| r.content.as_ref().err()).map(|r| (r.line, r.reason.clone())).collect()
}

#[test]
fn mentions_with_bad_lines_keep_the_rest() {
    let file = "\u{feff}{\"text\":\"一\",\"channel\":\"board\",\"extra\":1}\n\n[1]\n{\"title\":\"无正文\"}\n{\"text\":\"  \"}\r\n{\"text\":\"六\",\"channel\":\"radio\"}\nnot json\n{\"text\":\"八\"}\n{\"text\":\"被截";
    let records = read(file.as_bytes(), Format::Mentions);
    let texts: Vec<_> = records.iter().filter_map(|r| r.content.as_ref().ok()).map(|m| m.text.as_str()).collect();
    assert_eq!(texts, ["一", "八"]);
    let faults = rejects(&records);
    let words = ["对象", "text", "为空", "radio", "写法", "截断"];
    assert_eq!(faults.iter().map(|f| f.0).collect::<Vec<_>>(), [3, 4, 5, 6, 7, 9]);
    for ((line, reason), word) in faults.iter().zip(words) {
        assert!(reason.contains(word), "line {line}: {reason}");
    }
}

#[test]
fn reading_goes_on_at_any_offset_with_the_same_line_numbers() {
    let lines: String = (1..=50).map(|n| format!("{{\"id\":\"{n}\",\"text\":\"第{n}条\"}}\n")).collect();
    let header = "id,text\n";
    let table: String = (1..=50).map(|n| format!("{n},\"第{n}条，\n含 \"\"换行\"\"\"\n")).collect();
    for (bytes, format) in [(lines, Format::Mentions), (format!("{header}{table}"), Format::Csv)] {
        let file = written("f", bytes.as_bytes());
        let whole: Vec<Record> = ImportReader::open(&file.path, format, &[], 0).unwrap().map(Result::unwrap).collect();
        assert_eq!(whole.len(), 50, "{format:?}");
        assert!(whole.iter().all(|r| r.content.is_ok()), "{:?}", rejects(&whole));
        for cut in [0, 1, 17, 48, 49] {
            let on = ImportReader::open(&file.path, format, &[], whole[cut].next_offset).unwrap();
            assert_eq!(on.map(Result::unwrap).collect::<Vec<_>>(), whole[cut + 1..], "{format:?} after {cut}");
        }
        assert!(
            ImportReader::open(&file.path, format, &[], bytes.len() as u64 + 1).is_err(),
            "a file that got shorter"
        );
    }
}

#[test]
fn a_table_of_an_office_in_gbk_arrives_right() {
    let table = "编号,标题,内容,渠道,发布时间,点赞数\r\nA-1,路灯,\"陵阳镇的路灯，坏了\",留言板,2026/5/11 9:05,3\r\nA-2,水,停水,信箱,不详,\r\nA-3,缺列\r\n";
    let (gbk, _, lossy) = encoding_rs::GB18030.encode(table);
    assert!(!lossy);
    let records = read(&gbk, Format::Csv);
    let first = records[0].content.as_ref().unwrap();
    assert_eq!(first.text, "陵阳镇的路灯，坏了");
    assert_eq!(first.channel, Channel::Board);
    assert_eq!(first.published_at.unwrap().to_string(), "2026-05-11T09:05:00+08:00");
    assert_eq!(first.engagement.unwrap().likes, Some(3));
    let second = records[1].content.as_ref().unwrap();
    assert_eq!((second.text.as_str(), second.published_at), ("停水", None), "a post is not lost for its time");
    assert_eq!(rejects(&records), [(4, "正文这一列为空".to_owned())], "a row that stops before the text");
}

#[test]
fn an_open_quote_costs_its_own_line_only() {
    let table = "id,text\n1,\"没有闭合\n2,好的\n3,\"也好\"\n";
    let records = read(table.as_bytes(), Format::Csv);
    assert_eq!(rejects(&records).len(), 1);
    assert_eq!(records.iter().filter(|r| r.content.is_ok()).count(), 2);
}

#[test]
fn what_is_no_text_is_refused_as_a_whole() {
    assert!(refused(b"PK\x03\x04abc", Format::Csv).contains("Excel"));
    assert!(refused(&[0x7f, b'E', b'L', b'F', 0, 0, 1, 2], Format::Mentions).contains("二进制"));
    assert!(refused(b"a,b\n1,2\n", Format::Csv).contains("列名"));
    assert!(rejects(&read("{\n\"user\": {}}".as_bytes(), Format::WeiboCrawler))[0].1.contains("微博正文"));
    assert!(refused(b"[{\"text\":1}]", Format::Csv).contains("--format"));
    assert!(ImportReader::open(Path::new("/nonexistent/x"), Format::Csv, &[], 0).is_err());
    assert!(ImportReader::open(Path::new("/"), Format::Csv, &[], 0).is_err());
    assert!("xml".parse::<Format>().unwrap_err().contains("mentions"));
}

#[test]
fn a_line_that_is_too_long_is_skipped_in_bounded_memory() {
    let mut bytes = b"{\"text\":\"".to_vec();
    bytes.resize(lines::LINE_BYTES_MAX + 10, b'x');
    bytes.extend_from_slice("\"}\n{\"text\":\"好\"}\n".as_bytes());
    let records = read(&bytes, Format::Mentions);
    assert!(rejects(&records)[0].1.contains("MiB"));
    assert_eq!(records[1].content.as_ref().unwrap().text, "好");
    assert_eq!(records[1].line, 2);
}

#[test]
fn other_tools_files() {
    let media = r#"[{"note_id":"5","content":"积水了","create_time":1549325000,"liked_count":"1.2万","comments_count":"3","shared_count":"4","note_url":"https://m.weibo.cn/detail/5","nickname":"甲"},
 {"aweme_id":"7","title":"","desc":"桥","create_time":1549325000000,"aweme_url":"https://www.douyin.com/video/7"}, 3]"#;
    let records = read(media.as_bytes(), Format::MediaCrawler);
    let weibo = records[0].content.as_ref().unwrap();
    assert_eq!((weibo.channel, weibo.engagement.unwrap().likes), (Channel::Weibo, Some(12_000)));
    assert_eq!(weibo.published_at.unwrap().to_string(), "2019-02-05T08:03:20+08:00");
    assert_eq!(records[1].content.as_ref().unwrap().channel, Channel::Video);
    assert_eq!(rejects(&records).len(), 1);
    assert!(records[0].next_offset < records[1].next_offset && records[2].next_offset < media.len() as u64);

    let table =
        "id,bid,user_id,用户昵称,微博正文,转发数,评论数,点赞数,发布时间\n9,Abc,77,乙,停电了,1,2,3,2026-05-11 10:00\n";
    let records = read(table.as_bytes(), Format::WeiboCrawler);
    let post = records[0].content.as_ref().unwrap();
    assert_eq!(post.url.as_deref(), Some("https://weibo.com/77/Abc"));
    assert_eq!(post.engagement.unwrap().comments, Some(2));

    let document = "{\n \"user\": {\"id\": \"77\"},\n \"weibo\": [{\"id\": 9, \"bid\": \"Abc\", \"text\": \"停电\", \"created_at\": \"2026-05-11\"}]\n}";
    assert_eq!(read(document.as_bytes(), Format::WeiboCrawler)[0].content.as_ref().unwrap().id.as_deref(), Some("9"));

    let news = "{\"status\":\"success\",\"id\":\"toutiao\",\"updatedTime\":1549325000000,\"items\":[{\"id\":\"1\",\"title\":\"某地\",\"url\":\"https://a.cn/1\"},{\"title\":\"\"}]}\n";
    let records = read(news.as_bytes(), Format::Newsnow);
    assert_eq!(records[0].content.as_ref().unwrap().source.as_deref(), Some("newsnow-toutiao"));
    assert!(records[0].content.as_ref().unwrap().published_at.is_none(), "never guessed");
    assert_eq!(rejects(&records).len(), 1);
    assert_eq!((records[0].next_offset, records[1].next_offset), (0, news.len() as u64));
}

fn texts(records: &[Record]) -> Vec<String> {
    records.iter().filter_map(|r| r.content.as_ref().ok()).map(|m| m.text.clone()).collect()
}

#[test]
fn tables_of_any_make() {
    let rows = "编号{s}诉求内容{s}来信时间{s}办理单位\n0012{s}停水三天{s}2026/5/11 9:05{s}市水务局\n{s}{s}{s}\n2{s}路灯不亮{s}昨天\n";
    for separator in [",", "\t", ";", "|"] {
        let table = rows.replace("{s}", separator);
        let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(table.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let gbk = encoding_rs::GB18030.encode(&table).0.into_owned();
        let mac = table.replace('\n', "\r").into_bytes();
        let titled = format!("12345 热线台账{separator}{separator}{separator}\n\n{table}").into_bytes();
        let told = format!("sep={separator}\n{table}").into_bytes();
        for bytes in [table.clone().into_bytes(), utf16, gbk, mac, titled, told] {
            let records = read(&bytes, Format::Csv);
            assert_eq!(texts(&records), ["停水三天", "路灯不亮"], "{}", String::from_utf8_lossy(&bytes));
            let first = records[0].content.as_ref().unwrap();
            assert_eq!(
                (first.id.as_deref(), first.published_at.unwrap().to_string().as_str()),
                (Some("0012"), "2026-05-11T09:05:00+08:00")
            );
        }
    }
    let page = "<html><meta charset=gb2312><table><tr><th>标题</th><th>内容</th></tr><tr><td>水</td><td>停水三天</td></tr></table></html>";
    assert_eq!(texts(&read(page.as_bytes(), Format::Csv)), ["停水三天"], "a page that calls itself Excel");
}

#[test]
fn a_column_by_another_name_is_mapped_or_told() {
    let table = "情况,何时\n停水三天,2026-05-11\n";
    assert!(refused(table.as_bytes(), Format::Csv).contains("--map"));
    let file = written("f", table.as_bytes());
    let map: Vec<Mapped> = ["情况=text", "何时=published_at"].map(|text| text.parse().unwrap()).into();
    let records: Vec<Record> =
        ImportReader::open(&file.path, Format::Csv, &map, 0).unwrap().map(Result::unwrap).collect();
    assert!(records[0].content.as_ref().unwrap().published_at.is_some());
    assert!("情况".parse::<Mapped>().is_err() && "情况=什么".parse::<Mapped>().unwrap_err().contains("text"));
}

#[test]
fn a_document_of_any_size_is_read_item_by_item() {
    let items: Vec<String> = (1..=300)
        .map(|n| format!("{{\"note_id\":\"{n}\",\"content\":\"第{n}条 ] }} \\\" ,\",\n\"create_date_time\":\"\"}}"))
        .collect();
    let document =
        format!("\u{feff}[\n{},\n{{\"note_id\": 坏}},\n{}]\n", items[..200].join(",\n"), items[200..].join(" , "));
    let file = written("f.json", document.as_bytes());
    let all: Vec<Record> =
        ImportReader::open(&file.path, Format::MediaCrawler, &[], 0).unwrap().map(Result::unwrap).collect();
    assert_eq!((all.len(), rejects(&all).len(), rejects(&all)[0].0), (301, 1, 201));
    assert_eq!(all[200].raw, "{\"note_id\": 坏}".as_bytes(), "kept as it stands");
    let on = ImportReader::open(&file.path, Format::MediaCrawler, &[], all[250].next_offset).unwrap();
    assert_eq!(on.map(Result::unwrap).collect::<Vec<_>>(), all[251..]);
    assert_eq!(Format::of_file(&file.path), Some(Format::MediaCrawler));
}

#[test]
fn what_was_refused_is_kept_whole_and_can_be_imported_again() {
    let table = "编号,内容\n1,好的\n2,\n3,\"坏\"了\n";
    let file = written("台账.csv", table.as_bytes());
    let reader = ImportReader::open(&file.path, Format::Csv, &[], 0).unwrap();
    let mut refused = Rejects::beside(&file.path, reader.header_line(), false);
    for record in reader.map(Result::unwrap).filter(|record| record.content.is_err()) {
        refused.put(&record.raw).unwrap();
    }
    let place = refused.place().unwrap();
    assert_eq!(place.file_name().unwrap(), "台账.rejects.csv");
    assert_eq!(std::fs::read_to_string(place).unwrap(), "编号,内容\n2,\n3,\"坏\"了\n");
    let other = Rejects::beside(&file.path, None, false);
    assert!(other.place().is_none(), "nothing was refused");
}

/// The inputs of `data/field` that concern files, with what must come of them.
#[test]
fn files_from_the_field() {
    let Some(folder) = crate::collect::shared_data::field("") else { return };
    let read = |name: &str, format| -> Vec<Record> {
        let opened = ImportReader::open(&folder.join(name), format, &[], 0);
        opened.unwrap_or_else(|e| panic!("{name}: {e}")).map(Result::unwrap).collect()
    };
    let good = |name: &str, format| -> Vec<MentionInput> {
        read(name, format).into_iter().map(|r| r.content.unwrap_or_else(|e| panic!("{name}: {e:?}"))).collect()
    };
    for name in ["01-excel-ids/resaved.csv", "01-excel-ids/zero-tail.csv"] {
        let ids: std::collections::BTreeSet<_> =
            good(name, Format::WeiboCrawler).iter().map(MentionInput::identity).collect();
        assert_eq!(ids.len(), 3, "{name}");
    }
    let comments = good("02-xhs-comments/search_comments.json", Format::MediaCrawler);
    assert_eq!(comments.len(), 3);
    let post = good("02-xhs-comments/search_contents.json", Format::MediaCrawler)[0].identity();
    assert!(comments.iter().all(|comment| comment.parent_mention().as_ref() == Some(&post)), "each points to its post");
    assert!(comments.iter().all(|c| c.source.as_deref() == Some("xiaohongshu")
        && c.id.as_ref().unwrap().starts_with("comment-")
        && c.published_at.is_some()));
    assert_eq!(
        good("02-xhs-comments/search_contents.json", Format::MediaCrawler)[0].engagement.unwrap().likes,
        Some(12_000)
    );
    let likes: Vec<Option<u64>> = good("04-shortform-counts/counts.json", Format::MediaCrawler)
        .iter()
        .map(|m| m.engagement.and_then(|e| e.likes))
        .collect();
    let expected = [7569, 15_000, 21_000, 1_200, 3_000, 10, 1_000, 10_000, 100_000, 1_234, 110_000_000, 0].map(Some);
    assert_eq!(likes, [&expected[..], &[None, None]].concat());
    let times: Vec<String> =
        good("05-csv-four-times/times.csv", Format::Csv).iter().map(|m| m.published_at.unwrap().to_string()).collect();
    let expected = [
        "2026-11-27T22:21:00",
        "2026-11-27T10:48:00",
        "2026-11-28T06:09:00",
        "2026-11-28T08:59:39",
        "2026-11-27T12:00:00",
        "2026-11-27T23:58:00",
    ];
    assert_eq!(times, expected.map(|time| format!("{time}+08:00")));
    let reposts = good("07-retweet/7700000009.json", Format::WeiboCrawler);
    assert_eq!(reposts.len(), 4, "two reposts and two originals");
    assert!(
        reposts.iter().filter(|m| m.text.contains("十二人")).count() == 2
            && reposts[0].engagement.unwrap().reposts == Some(1500)
    );
    for (name, count) in [
        ("gbk.csv", 3),
        ("unicode-text.txt", 1),
        ("tab.csv", 1),
        ("semicolon.csv", 1),
        ("empty-columns.csv", 1),
        ("excel-times.csv", 4),
    ] {
        let records = good(&format!("08-office-csv/{name}"), Format::Csv);
        assert_eq!(records.len(), count, "{name}");
        if name == "gbk.csv" {
            assert_eq!((records[2].id.as_deref(), records[1].text.lines().count()), (Some("0012"), 2));
        }
        if name == "excel-times.csv" {
            let times: Vec<String> =
                records.iter().map(|m| m.published_at.unwrap().to_string()[11..16].to_owned()).collect();
            assert_eq!(times, ["15:05", "09:05", "15:05", "09:05"]);
        }
    }
    for platform in ["bili", "dy", "ks", "tieba", "weibo", "xhs", "zhihu"] {
        for kind in ["contents", "comments"] {
            let all: Vec<Vec<MentionInput>> = ["csv", "json", "jsonl"]
                .map(|ending| good(&format!("collect/import/mc_{platform}_{kind}.{ending}"), Format::MediaCrawler))
                .into();
            let mut shown = all.clone();
            shown.iter_mut().flatten().for_each(|m| m.text = m.text.replace("\r\n", "\n"));
            assert!(shown.windows(2).all(|two| two[0] == two[1]), "{platform} {kind}: {all:#?}");
            assert!(
                all[0].iter().all(|m| m.published_at.is_some() && m.author.is_some()),
                "{platform} {kind}: {all:#?}"
            );
        }
    }
    for ending in ["csv", "json", "jsonl"] {
        let creators = read(&format!("collect/import/mc_weibo_creators.{ending}"), Format::MediaCrawler);
        assert!(rejects(&creators)[0].1.contains("创作者"), "{ending}: {creators:?}");
    }
    assert_eq!(
        texts(&read("collect/import/nn_err.json", Format::Newsnow)),
        [""; 0],
        "an answer that refuses holds no news"
    );
    let mixed = good("collect/import/wc_default_mixed.csv", Format::WeiboCrawler);
    assert_eq!((mixed.len(), mixed.last().unwrap().text.contains("//@")), (5, true), "{mixed:#?}");
    assert_eq!(good("collect/import/wc_only_original.csv", Format::WeiboCrawler).len(), 3);
    assert_eq!(good("collect/import/ws.csv", Format::WeiboCrawler).len(), 1);
    for (name, count) in [("g_12345.csv", 1), ("g_sep.csv", 1), ("g_title_row.csv", 1)] {
        assert_eq!(good(&format!("collect/import/{name}"), Format::Csv).len(), count, "{name}");
    }
    for name in [
        "g_bom.csv",
        "g_cr.csv",
        "g_gbk.csv",
        "g_lf.csv",
        "g_semi.csv",
        "g_tab.csv",
        "g_utf16.csv",
        "g_utf8.csv",
        "g.xlsx",
    ] {
        let records = read(&format!("collect/import/{name}"), Format::Csv);
        assert_eq!((texts(&records).len(), rejects(&records).len()), (5, 1), "{name}: {:?}", rejects(&records));
        let first = records[0].content.as_ref().unwrap();
        assert!(first.text.contains("含逗号,和\"引号\""), "{name}: {}", first.text);
        let second = records[1].content.as_ref().unwrap();
        assert_eq!((second.engagement.unwrap().views, second.text.lines().count()), (Some(12_000), 2), "{name}");
        assert_eq!(
            records[2].content.as_ref().unwrap().published_at.unwrap().to_string(),
            "2026-05-11T09:30:00+08:00",
            "{name}"
        );
    }
    let quotes = read("collect/import/g_quotes.csv", Format::Csv);
    assert_eq!(texts(&quotes), ["正常的一行内容在这里", "正常"]);
    assert_eq!(good("collect/import/nn_entire.json", Format::Newsnow).len(), 6);
    assert_eq!(good("collect/import/nn.jsonl", Format::Newsnow).len(), 6);
    assert_eq!(good("collect/import/nn_one.json", Format::Newsnow).len(), 3);
    assert_eq!(good("collect/import/wc.json", Format::WeiboCrawler).len(), {
        let text = std::fs::read_to_string(folder.join("collect/import/wc.json")).unwrap();
        text.matches("\"text\"").count()
    });
}
