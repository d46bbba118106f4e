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
    ImportReader::open(&file.path, format, 0).unwrap().map(Result::unwrap).collect()
}

fn refused(bytes: &[u8], format: Format) -> String {
    let file = written("f", bytes);
    ImportReader::open(&file.path, format, 0).err().expect("refused").to_string()
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
        let whole: Vec<Record> = ImportReader::open(&file.path, format, 0).unwrap().map(Result::unwrap).collect();
        assert_eq!(whole.len(), 50, "{format:?}");
        assert!(whole.iter().all(|r| r.content.is_ok()), "{:?}", rejects(&whole));
        for cut in [0, 1, 17, 48, 49] {
            let on = ImportReader::open(&file.path, format, whole[cut].next_offset).unwrap();
            assert_eq!(on.map(Result::unwrap).collect::<Vec<_>>(), whole[cut + 1..], "{format:?} after {cut}");
        }
        assert!(ImportReader::open(&file.path, format, bytes.len() as u64 + 1).is_err(), "a file that got shorter");
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
    let faults = rejects(&records);
    assert!(faults[0].0 == 3 && faults[0].1.contains("不详"), "{faults:?}");
    assert!(faults[1].0 == 4 && faults[1].1.contains("列"), "{faults:?}");
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
    assert!(refused("{\n\"weibo\": [".as_bytes(), Format::WeiboCrawler).contains("JSON"));
    assert!(ImportReader::open(Path::new("/nonexistent/x"), Format::Csv, 0).is_err());
    assert!(ImportReader::open(Path::new("/"), Format::Csv, 0).is_err());
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
    assert_eq!((records[0].next_offset, records[2].next_offset), (0, media.len() as u64));

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
