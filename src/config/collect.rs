//! `[collect]`: whether and how sources are collected.

use serde::{Deserialize, Serialize};

use super::ConfigError;

/// Longest contact, in bytes: it is sent with every request.
const CONTACT_BYTES_MAX: usize = 200;

/// `[collect]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Collect {
    /// Whether this process collects sources by itself.
    pub enabled: bool,
    /// Let every source's own host lie in a private network, not only those whose definition says `allow_private: true`.
    pub allow_private_addresses: bool,
    /// Whom the owner of a site can turn to, told with every request: an address of mail or a page, or a telephone number.
    pub contact: Option<String>,
    /// The proxy by which public addresses are fetched, `http://…` or `https://…`. Names are looked up here all the same.
    pub proxy: Option<String>,
}

impl Default for Collect {
    fn default() -> Self {
        Self { enabled: true, allow_private_addresses: false, contact: None, proxy: None }
    }
}

impl Collect {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if let Some(Err((what, fix))) = self.contact.as_deref().map(check_contact) {
            return Err(ConfigError { place: "collect.contact".to_owned(), what, fix });
        }
        let is_proxy = |text: &String| {
            url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
        };
        if self.proxy.as_ref().is_some_and(|proxy| !is_proxy(proxy)) {
            return Err(ConfigError {
                place: "collect.proxy".to_owned(),
                what: "不是代理的地址".to_owned(),
                fix: "请写成 http://代理主机:端口".to_owned(),
            });
        }
        Ok(())
    }
}

/// Whether this can stand in a request's head: what is wrong, and what to do.
pub fn check_contact(contact: &str) -> Result<(), (String, String)> {
    let fix = "请写单位的邮箱、网址或电话，如 mailto:wgk@example.gov.cn、https://www.example.gov.cn/lxwm".to_owned();
    let is_plain = contact.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'(' | b')' | b'\\'));
    if !contact.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
        return Err(("联系方式是空的".to_owned(), fix));
    }
    if !is_plain || contact.len() > CONTACT_BYTES_MAX {
        return Err((format!("联系方式只能用英文字母、数字与常见符号，不超过 {CONTACT_BYTES_MAX} 个字符"), fix));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_and_a_proxy_that_can_not_be_used_are_refused() {
        let with = |contact: Option<&str>, proxy: Option<&str>| Collect {
            contact: contact.map(str::to_owned),
            proxy: proxy.map(str::to_owned),
            ..Collect::default()
        };
        assert!(with(Some("mailto:wgk@xuancheng.gov.cn"), Some("http://10.1.1.1:3128")).check().is_ok());
        for contact in ["", " ", "市政府办公室", "a\r\nX: y", "a)"] {
            assert!(with(Some(contact), None).check().is_err(), "{contact}");
        }
        for proxy in ["", "10.1.1.1:3128", "socks9://x", "http://"] {
            assert!(with(None, Some(proxy)).check().is_err(), "{proxy}");
        }
    }
}
