//! The dashboards, embedded in the binary. Every path that is no file of theirs gives the page, which has its own router.

use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::problem::Problem;

/// What `make dashboards` built.
#[derive(RustEmbed)]
#[folder = "dashboards/web/dist"]
struct Dist;

const PAGE: &str = "index.html";

/// How the build laid files down beside the plain one: name in HTTP, ending. The smaller first; browsers take `br` over TLS
/// and on localhost only, `gzip` everywhere.
const COMPRESSED: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// Shown where the binary was built without dashboards.
const PLACEHOLDER: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>回应 Huiying</title>\
<body style=\"font-family:sans-serif;margin:4rem auto;max-width:40rem\"><h1>回应 Huiying</h1>\
<p>服务已启动，但这个程序没有内嵌页面。请运行 <code>make dashboards</code> 后重新构建（<code>make run</code> 会一并完成）。</p>\
<p>接口说明：<a href=\"/api/v1/openapi.json\">/api/v1/openapi.json</a></p></body></html>";

/// Answers what no route answered.
pub async fn fallback(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    if path == "/api" || path.starts_with("/api/") {
        return Problem::not_found("没有这个接口；全部接口见 /api/v1/openapi.json").into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return Problem::method_not_allowed("页面只接受 GET").into_response();
    }
    let name = path.trim_start_matches('/');
    if !name.is_empty()
        && let Some(file) = Dist::get(name)
    {
        return send(name, file, &headers);
    }
    // A missing script or picture is missing; only pages fall back to the page.
    if name.rsplit('/').next().is_some_and(|last| last.contains('.')) {
        return Problem::not_found("没有这个文件").into_response();
    }
    match Dist::get(PAGE) {
        Some(file) => send(PAGE, file, &headers),
        None => {
            ([(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")], PLACEHOLDER).into_response()
        }
    }
}

/// Sends a file, compressed where the build left it so and the browser takes it.
fn send(name: &str, plain: EmbeddedFile, headers: &HeaderMap) -> Response {
    let taken = accepted(headers).find_map(|(coding, ending)| Some((coding, Dist::get(&format!("{name}{ending}"))?)));
    let mime = plain.metadata.mimetype().to_owned();
    let (coding, file) = taken.map_or((None, plain), |(coding, file)| (Some(coding), file));
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    // Vite puts a hash of the content into the names under assets/.
    let caching = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = headers.get(IF_NONE_MATCH).is_some_and(|sent| sent.as_bytes() == etag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mime = if mime.starts_with("text/") { format!("{mime}; charset=utf-8") } else { mime };
        let coding = coding.map(|coding| [(CONTENT_ENCODING, coding)]);
        (coding, [(CONTENT_TYPE, mime)], file.data.into_owned()).into_response()
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(ETAG, etag);
    }
    response
}

/// The compressed forms that the browser takes, the smaller first. `q=0` is a refusal; other weights change nothing: what is
/// smaller is better for everybody.
fn accepted(headers: &HeaderMap) -> impl Iterator<Item = (&'static str, &'static str)> {
    let sent = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    let takes = |coding: &str| {
        let mut offers = sent.split(',').map(|offer| offer.split(';').map(str::trim));
        offers.any(|mut offer| {
            offer.next().is_some_and(|name| name.eq_ignore_ascii_case(coding))
                && !offer.any(|weight| weight.strip_prefix("q=").and_then(|q| q.parse().ok()) == Some(0.0))
        })
    };
    COMPRESSED.into_iter().filter(|(coding, _)| takes(coding)).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(sent: &str) -> Vec<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_str(sent).unwrap());
        accepted(&headers).map(|(coding, _)| coding).collect()
    }

    #[test]
    fn the_smallest_form_that_the_browser_takes_comes_first() {
        assert_eq!(taken("gzip, deflate, br, zstd"), ["br", "gzip"]);
        assert_eq!(taken("GZIP;q=0.5, br;q=0"), ["gzip"]);
        assert_eq!(taken("br;q=0.000, gzip; q=0"), Vec::<&str>::new());
        assert_eq!(taken("identity"), Vec::<&str>::new());
        assert!(accepted(&HeaderMap::new()).next().is_none());
    }
}
