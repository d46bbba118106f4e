//! The signature (签名) of what systems send to each other: HMAC-SHA256 by a shared secret over `timestamp.body`. Senders
//! to us compute it, and we compute it for whom we tell by webhook.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The MAC, fed with everything it covers; `None` if the secret can't be a key.
pub fn mac(secret: &str, timestamp: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

/// The value of `X-Huiying-Signature`: `sha256=` and the MAC in hexadecimal. `timestamp`: Unix seconds.
pub fn sign(secret: &str, timestamp: i64, body: &[u8]) -> String {
    mac(secret, &timestamp.to_string(), body)
        .map_or_else(String::new, |mac| format!("sha256={}", hex::encode(mac.finalize().into_bytes())))
}
