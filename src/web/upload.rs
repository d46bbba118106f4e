//! Bodies of mentions while they are read: what they take up of memory is bounded by what has really come, in all and for
//! each sender. A sender that is slow holds what it has sent and nothing else, so that nobody waits for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures::StreamExt;
use parking_lot::Mutex;

use super::problem::Problem;

/// Largest body, in bytes.
pub const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;
/// All bodies that are being read, in bytes.
const ALL_BYTES_MAX: usize = 4 * BODY_BYTES_MAX;
/// Those of one sender, in bytes: whoever only knows a key's name can't take up what the others need.
const OF_SENDER_BYTES_MAX: usize = 2 * BODY_BYTES_MAX;
/// A body has to be there after this time.
const COMPLETE_WITHIN: Duration = Duration::from_secs(45);
/// Between two pieces of a body no more than this time may pass.
const GOES_ON_WITHIN: Duration = Duration::from_secs(10);

/// What is being read.
#[derive(Clone, Debug)]
pub struct Uploads {
    held: Arc<Mutex<Held>>,
    complete_within: Duration,
    goes_on_within: Duration,
}

impl Default for Uploads {
    fn default() -> Self {
        Self { held: Arc::default(), complete_within: COMPLETE_WITHIN, goes_on_within: GOES_ON_WITHIN }
    }
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    of: HashMap<String, usize>,
}

/// A body that was read, with the room that it takes until it is dropped.
#[derive(Debug)]
pub struct Upload {
    /// The body.
    pub bytes: Vec<u8>,
    room: Taken,
}

#[derive(Debug)]
struct Taken {
    uploads: Uploads,
    sender: String,
    bytes: usize,
}

impl Uploads {
    /// Reads a sender's body.
    pub async fn read(&self, sender: &str, body: Body) -> Result<Upload, Problem> {
        let slow = || Problem::timeout("内容没有及时传完，这一批没有保存；请检查网络后重新发送");
        let read = tokio::time::timeout(self.complete_within, self.read_on(sender, body));
        read.await.map_err(|_| slow())?
    }

    async fn read_on(&self, sender: &str, body: Body) -> Result<Upload, Problem> {
        let slow = |_| Problem::timeout("内容传到一半停住了，这一批没有保存；请检查网络后重新发送");
        let room = Taken { uploads: self.clone(), sender: sender.to_owned(), bytes: 0 };
        let mut upload = Upload { bytes: Vec::new(), room };
        let mut pieces = body.into_data_stream();
        while let Some(piece) = tokio::time::timeout(self.goes_on_within, pieces.next()).await.map_err(slow)? {
            let piece: Bytes = piece.map_err(|_| Problem::bad_request("请求内容没有收全，请重新发送"))?;
            if upload.bytes.len() + piece.len() > BODY_BYTES_MAX {
                return Err(too_large());
            }
            upload.room.more(piece.len())?;
            upload.bytes.extend_from_slice(&piece);
        }
        Ok(upload)
    }
}

/// What a body above the cap is told.
pub fn too_large() -> Problem {
    Problem::too_large("一次推送不超过 32 MiB，请分批发送；这一批没有保存")
}

impl Taken {
    fn more(&mut self, bytes: usize) -> Result<(), Problem> {
        let mut held = self.uploads.held.lock();
        let of_sender = held.of.get(&self.sender).copied().unwrap_or(0);
        if held.all + bytes > ALL_BYTES_MAX || of_sender + bytes > OF_SENDER_BYTES_MAX {
            return Err(Problem::too_many("同时推送的内容太多，请稍后重试；这一批没有保存").retry_after_s(5));
        }
        held.all += bytes;
        held.of.insert(self.sender.clone(), of_sender + bytes);
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut held = self.uploads.held.lock();
        held.all = held.all.saturating_sub(self.bytes);
        let left = held.of.get(&self.sender).copied().unwrap_or(0).saturating_sub(self.bytes);
        if left == 0 {
            held.of.remove(&self.sender);
        } else {
            held.of.insert(self.sender.clone(), left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endless() -> Body {
        Body::from_stream(futures::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 1 << 20]))))
    }

    #[tokio::test]
    async fn what_is_read_is_given_back() {
        let uploads = Uploads::default();
        let upload = uploads.read("a", Body::from("abc")).await.unwrap();
        assert_eq!((upload.bytes.as_slice(), uploads.held.lock().all), (&b"abc"[..], 3));
        assert_eq!(uploads.read("a", endless()).await.unwrap_err().status(), 413);
        assert_eq!(uploads.held.lock().all, 3);
        drop(upload);
        assert!(uploads.held.lock().of.is_empty() && uploads.held.lock().all == 0);
    }

    #[tokio::test]
    async fn one_sender_leaves_room_for_the_others() {
        let uploads = Uploads::default();
        let whole = || Body::from(vec![b' '; BODY_BYTES_MAX]);
        let _held = [uploads.read("a", whole()).await.unwrap(), uploads.read("a", whole()).await.unwrap()];
        assert_eq!(uploads.read("a", Body::from("x")).await.unwrap_err().status(), 429);
        let _theirs = uploads.read("b", whole()).await.unwrap();
    }

    #[tokio::test]
    async fn a_body_that_stands_still_or_trickles_ends() {
        let short = Duration::from_millis(20);
        let uploads = Uploads { goes_on_within: short, ..Uploads::default() };
        let still = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        assert_eq!(uploads.read("a", still).await.unwrap_err().status(), 408);
        let uploads = Uploads { complete_within: short, ..Uploads::default() };
        let trickle = futures::stream::unfold((), |()| async {
            tokio::task::yield_now().await;
            Some((Ok::<_, std::io::Error>(Bytes::new()), ()))
        });
        assert_eq!(uploads.read("a", Body::from_stream(trickle)).await.unwrap_err().status(), 408);
        assert_eq!(uploads.held.lock().all, 0);
    }
}
