//! Signed ingest: a sender proves with a shared secret that a body is its own and fresh.

use axum::http::HeaderMap;
use hmac::Mac;

use crate::config::Webhook;
use crate::domain::instant::Instant;
use crate::domain::signature::mac;

use super::problem::Problem;

/// How far a sender's clock may be off, in milliseconds.
const SKEW_MS_MAX: i64 = 5 * 60 * 1000;

/// The headers of a signed request, checked as far as that goes without the body.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The key's name.
    pub key: String,
    secret: String,
    timestamp: String,
    signature: Vec<u8>,
}

/// The headers' claim; `None` if the request is not a signed one.
pub fn claim(headers: &HeaderMap, webhook: &Webhook, now: Instant) -> Result<Option<Claim>, Problem> {
    let Some(key) = headers.get("x-huiying-key") else { return Ok(None) };
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let refuse = |why: &str| Problem::unauthenticated(format!("签名未通过：{why}"));
    let key = key.to_str().map_err(|_| refuse("X-Huiying-Key 不是文本"))?.trim();
    let timestamp = text("x-huiying-timestamp").ok_or_else(|| refuse("缺 X-Huiying-Timestamp（Unix 秒）"))?;
    let seconds: i64 = timestamp.parse().map_err(|_| refuse("X-Huiying-Timestamp 应为 Unix 秒"))?;
    if seconds.checked_mul(1000).is_none_or(|ms| (ms.saturating_sub(now.ms())).saturating_abs() > SKEW_MS_MAX) {
        return Err(refuse("时间戳与本机相差超过 5 分钟，请校准时钟"));
    }
    let signature = text("x-huiying-signature").and_then(|value| value.strip_prefix("sha256="));
    let signature = signature.and_then(|digits| hex::decode(digits).ok());
    let signature = signature.ok_or_else(|| refuse("X-Huiying-Signature 应为 sha256= 加十六进制"))?;
    // Before anything of the body is read: a stranger costs no more than that.
    let secret = webhook.keys.get(key).cloned().ok_or_else(|| refuse("没有登记这个密钥名（webhook.keys）"))?;
    Ok(Some(Claim { key: key.to_owned(), secret, timestamp: timestamp.to_owned(), signature }))
}

impl Claim {
    /// Whether the signature is that of the body: HMAC-SHA256 over `timestamp.body`, compared in constant time.
    pub fn verify(&self, body: &[u8]) -> Result<(), Problem> {
        let refuse = || Problem::unauthenticated("签名未通过：签名与内容不符");
        let mac = mac(&self.secret, &self.timestamp, body).ok_or_else(refuse)?;
        mac.verify_slice(&self.signature).map_err(|_| refuse())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::signature::sign;

    const NOW: Instant = Instant::from_ms(1_780_000_000_000);

    fn webhook() -> Webhook {
        Webhook { keys: [("partner".to_owned(), "0123456789abcdef".to_owned())].into() }
    }

    fn headers(key: &str, timestamp: i64, signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-huiying-key", key.parse().unwrap());
        headers.insert("x-huiying-timestamp", timestamp.to_string().parse().unwrap());
        headers.insert("x-huiying-signature", signature.parse().unwrap());
        headers
    }

    #[test]
    fn the_right_secret_passes_and_nothing_else() {
        let seconds = NOW.ms() / 1000;
        let good = sign("0123456789abcdef", seconds, b"{}");
        let check = |headers: HeaderMap, body: &[u8]| claim(&headers, &webhook(), NOW).unwrap().unwrap().verify(body);
        assert!(check(headers("partner", seconds, &good), b"{}").is_ok());
        assert!(check(headers("partner", seconds, &good), b"{ }").is_err(), "another body");
        assert!(check(headers("partner", seconds + 1, &good), b"{}").is_err(), "another time");
    }

    #[test]
    fn an_unknown_key_is_refused_before_the_body_is_read() {
        let seconds = NOW.ms() / 1000;
        for secret in ["0123456789abcdef", ""] {
            let signature = sign(secret, seconds, b"{}");
            assert!(claim(&headers("other", seconds, &signature), &webhook(), NOW).is_err());
        }
    }

    #[test]
    fn what_is_old_or_malformed_is_refused_before_the_body_is_read() {
        let seconds = NOW.ms() / 1000;
        let good = sign("0123456789abcdef", seconds, b"{}");
        let old = sign("0123456789abcdef", seconds - 301, b"{}");
        assert!(claim(&headers("partner", seconds - 301, &old), &webhook(), NOW).is_err());
        assert!(claim(&headers("partner", i64::MAX, &good), &webhook(), NOW).is_err());
        assert!(claim(&headers("partner", i64::MIN, &good), &webhook(), NOW).is_err());
        assert!(claim(&headers("partner", seconds, "sha256=xyz"), &webhook(), NOW).is_err());
        assert!(claim(&HeaderMap::new(), &webhook(), NOW).unwrap().is_none());
    }
}
