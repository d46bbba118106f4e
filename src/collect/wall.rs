//! Pages that are no article (拦截页): a firewall's words, a log-in page, an overloaded server's apology. Their text must never
//! replace what the list or feed itself said.

use std::sync::LazyLock;

use regex::Regex;

/// A text this long that holds one of the words is an article about such things.
const WALL_CHARS_MAX: usize = 400;
/// From this length on a feed's text is taken for the post rather than for its first line.
const TOLD_CHARS_MIN: usize = 40;
/// A page's text that is shorter than this share of the feed's lacks what the feed has.
const SHARE_MIN: f64 = 0.7;

/// What such pages say, with what they are.
const WORDS: [(&str, &str); 6] = [
    (
        r"安全验证|人机验证|滑动验证|滑块|验证码|完成验证|访问验证|Checking your browser|(?i:enable javascript)|[开启]启\s*JavaScript",
        "安全验证页",
    ),
    (
        r"过于频繁|频率过[高快]|访问被?(拒绝|阻断|禁止|限制)|被.{0,6}拦截|防火墙|安全威胁|可疑(行为|流量|请求)|Access Denied|Forbidden",
        "防火墙的拦截页",
    ),
    (r"(系统|服务器?|网络|网站|服务)(正?忙|繁忙|异常|超时)|稍[后候]再?[试访]|稍后重试", "“系统繁忙”页"),
    (r"(系统|网站|服务器)(正在)?(维护|升级)中?", "维护页"),
    (
        r"请.{0,3}登[录陆]|先登[录陆]|需要?登[录陆]|登[录陆](以后|之后|后)?(才能|才可|方可|即可|查看|阅读|可见|浏览)|登[录陆]超时|注册后",
        "登录页",
    ),
    (
        r"没有权限|无权(访问|浏览|查看)|权限不足|仅[允限供].{0,10}(访问|浏览|查看|内网|校内)|(页面|内容|帖子|文章)(不存在|已?被?删除|已失效)|您(访问|查看)的页面|404",
        "无权访问或已不存在的页面",
    ),
];

/// The words, ready.
static PATTERNS: LazyLock<Vec<(Regex, &str)>> =
    LazyLock::new(|| WORDS.iter().filter_map(|(word, what)| Some((Regex::new(word).ok()?, *what))).collect());

/// Why a page's text is worse than what the list or feed says of the post; `None` if it is better or as good.
pub fn worse(page: &str, told: Option<&str>) -> Option<String> {
    let length = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    let page_length = length(page);
    if page_length < WALL_CHARS_MAX {
        for (pattern, what) in PATTERNS.iter() {
            let is_about = told.is_some_and(|told| pattern.is_match(told));
            if let Some(word) = pattern.find(page).filter(|_| !is_about) {
                return Some(format!("页面像是{what}（“{}”），不作正文", word.as_str()));
            }
        }
    }
    let told_length = told.map_or(0, length);
    let is_cut = told_length >= TOLD_CHARS_MIN && (page_length as f64) < told_length as f64 * SHARE_MIN;
    is_cut.then(|| format!("页面正文只有 {page_length} 字，比列表或订阅所说的 {told_length} 字短得多，不作正文"))
}

/// Longest answer that may be a refusal: one that holds more holds a list, or is no wall's words.
const REFUSAL_BYTES_MAX: usize = 256 * 1024;
/// Where interfaces say how it went, and what they call it in words.
const CODES: [&str; 9] =
    ["code", "status", "errcode", "errno", "error_code", "ret", "retcode", "statusCode", "resultCode"];
const MESSAGES: [&str; 7] = ["msg", "message", "errmsg", "error", "info", "reason", "detail"];

/// What a document without any item says instead, if it is a wall: a captcha, a log-in, an interface's refusal.
pub fn instead_of_list(text: &str) -> Option<String> {
    if text.len() > REFUSAL_BYTES_MAX {
        return None;
    }
    let trimmed = text.trim_start_matches('\u{feff}').trim_start();
    if trimmed.starts_with('{') {
        return refusal(&serde_json::from_str(trimmed).ok()?);
    }
    let words = super::html_text::of_markup(text);
    let is_short = words.chars().filter(|c| !c.is_whitespace()).count() < WALL_CHARS_MAX;
    let (pattern, what) = PATTERNS.iter().find(|(pattern, _)| is_short && pattern.is_match(&words))?;
    Some(format!("返回的是{what}（“{}”），不是列表", pattern.find(&words)?.as_str()))
}

/// An interface's refusal: a code of HTTP's in its answer, or words that walls use.
fn refusal(answer: &serde_json::Value) -> Option<String> {
    let number = |value: &serde_json::Value| value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
    let code = CODES.iter().find_map(|key| number(answer.get(key)?)).filter(|code| matches!(code, 400..=599));
    let words = MESSAGES.iter().find_map(|key| answer.get(key)?.as_str()).unwrap_or("");
    let words: String = words.chars().take(60).collect();
    let is_wall = !words.is_empty() && PATTERNS.iter().any(|(pattern, _)| pattern.is_match(&words));
    match code {
        Some(code) if words.is_empty() => Some(format!("接口拒绝访问：code {code}")),
        Some(code) => Some(format!("接口拒绝访问：code {code}（{words}）")),
        None => is_wall.then(|| format!("接口拒绝访问（{words}）")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walls_and_stubs_are_told_from_articles() {
        let told = "宣州区一家木材加工厂昨晚发生火灾，消防部门出动八辆消防车，火势于凌晨两点被扑灭，事故原因正在调查之中，请大家关注后续通报。";
        assert!(worse("您的访问请求可能存在威胁，已被拦截。请联系管理员。", Some(told)).unwrap().contains("拦截"));
        assert!(worse("请登录后查看全文", None).unwrap().contains("登录"));
        for wall in [
            "系统繁忙，请稍后再试",
            "抱歉，游客登录以后才能查看本帖",
            "该信息仅允许园区内地址访问",
            "您的请求过于频繁，请拖动滑块",
            "网站正在维护中",
            "抱歉，您查看的页面已删除",
        ] {
            assert!(worse(wall, Some("标题")).is_some(), "{wall}");
        }
        assert!(worse("火灾。", Some(told)).unwrap().contains("短得多"));
        assert_eq!(worse(told, Some(told)), None);
        assert_eq!(worse(&told.repeat(3), Some("昨晚火灾")), None);
        assert_eq!(
            worse("市民反映系统繁忙，办不了证", Some("政务网系统繁忙，市民办不了证")),
            None,
            "what the post is about"
        );
        assert_eq!(worse(&format!("{}登录后可以预约", told.repeat(8)), None), None, "an article that holds the word");
    }

    #[test]
    fn a_refusal_in_the_place_of_a_list_is_told_from_an_empty_list() {
        for (text, word) in [
            (r#"{"code":403,"msg":"Forbidden","data":{"rows":[]}}"#, "code 403（Forbidden）"),
            (r#"{"status":"429","data":null}"#, "code 429"),
            (r#"{"code":-1,"message":"请求过于频繁，请稍后再试"}"#, "过于频繁"),
            ("<html><script>x</script><body>请完成安全验证后继续访问</body></html>", "安全验证页"),
            ("<html><body><form>请登录 <input name=u></form></body></html>", "登录页"),
        ] {
            assert!(instead_of_list(text).unwrap().contains(word), "{text}: {:?}", instead_of_list(text));
        }
        for text in [
            r#"{"code":200,"data":{"rows":[]}}"#,
            r#"{"code":0,"msg":"success","data":[]}"#,
            "<html><body>暂无内容</body></html>",
            "<rss><channel><title>t</title></channel></rss>",
        ] {
            assert_eq!(instead_of_list(text), None, "{text}");
        }
    }
}
