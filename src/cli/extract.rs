//! `huiying extract`: one page in, one JSON object out, no network.

use std::io::{Read, Write};
use std::process::ExitCode;

use anyhow::Context;
use url::Url;

use super::{Failure, Global, Outcome};
use crate::collect::article;
use crate::collect::page::Page;
use crate::domain::instant::Instant;
use crate::time::{Clock, SystemClock};

/// Largest page that is read.
const PAGE_MIB_MAX: u64 = 16;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Extract {
    /// Where the page was: relative links are resolved against it
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// `Content-Type` that the page came with: its charset counts before the page's own word
    #[arg(long, value_name = "CT")]
    content_type: Option<String>,
    /// When the page was fetched: 昨天 and years of two digits are meant from there (default: now)
    #[arg(long, value_name = "INSTANT")]
    at: Option<Instant>,
}

impl Extract {
    /// Runs the command.
    pub fn run(self, _global: &Global) -> Outcome {
        let url = self.url.as_deref().map(address).transpose()?;
        let bytes = read(std::io::stdin().lock())?;
        let now = self.at.unwrap_or_else(|| SystemClock::default().now());
        let page = Page::open(&bytes, self.content_type.as_deref(), None, url.as_ref());
        let page = page.map_err(|error| Failure::Other(anyhow::anyhow!("标准输入：{error}")))?;
        let json = serde_json::to_string(&article::extract(&page, now)).context("不能写成 JSON")?;
        match writeln!(std::io::stdout().lock(), "{json}") {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(Failure::Other(anyhow::Error::new(error).context("写标准输出失败")))
            }
            _ => Ok(ExitCode::SUCCESS),
        }
    }
}

fn address(text: &str) -> Result<Url, Failure> {
    let usable = |url: &Url| matches!(url.scheme(), "http" | "https") && url.host().is_some();
    Url::parse(text)
        .ok()
        .filter(usable)
        .ok_or_else(|| Failure::Usage(format!("--url “{text}”不是网址；请写 http 或 https 的完整地址")))
}

fn read(input: impl Read) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    input.take((PAGE_MIB_MAX << 20) + 1).read_to_end(&mut bytes).context("读标准输入失败")?;
    if bytes.len() as u64 > PAGE_MIB_MAX << 20 {
        return Err(Failure::Other(anyhow::anyhow!(
            "标准输入：页面超过 {PAGE_MIB_MAX} MiB，没有提取；请只送入一个网页"
        )));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_large_a_page_is_refused_and_a_wrong_address_is_a_usage_error() {
        let refused = read(std::io::repeat(b'a')).unwrap_err();
        assert!(matches!(&refused, Failure::Other(error) if error.to_string().contains("16 MiB")), "{refused}");
        assert_eq!(read(&b"<p>"[..]).unwrap(), b"<p>");
        for wrong in ["", "example.com", "file:///etc/passwd"] {
            assert!(matches!(address(wrong), Err(Failure::Usage(_))), "{wrong}");
        }
        assert!(address("https://www.example.gov.cn/a").is_ok());
    }
}
