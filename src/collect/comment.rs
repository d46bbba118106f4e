//! Comments under a post (评论、跟帖): mentions of their own that point to it.

use sha2::{Digest, Sha256};

use crate::domain::ids::MentionId;
use crate::domain::instant::Instant;
use crate::domain::mention::MentionInput;

/// Most comments that one look at a post takes.
pub const COMMENTS_MAX: usize = 200;

/// What somebody wrote under a post.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Comment {
    /// The site's own id of it.
    pub id: Option<String>,
    /// What it says.
    pub text: String,
    /// By whom, as shown.
    pub author: Option<String>,
    /// When.
    pub published_at: Option<Instant>,
}

impl Comment {
    /// The mention that it makes; `post` is the one of the post, whose channel, source and region it has too.
    pub fn mention(self, post: &MentionId, of_post: &MentionInput) -> MentionInput {
        let id = self.id.unwrap_or_else(|| {
            // Under the same post the same words of the same writer are the same comment.
            let mut hash = Sha256::new();
            for part in [post.as_str(), self.author.as_deref().unwrap_or(""), &self.text] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part.as_bytes());
            }
            hex::encode(&hash.finalize()[..12])
        });
        MentionInput {
            id: Some(format!("comment-{id}")),
            url: of_post.url.clone(),
            channel: of_post.channel,
            source: of_post.source.clone(),
            region: of_post.region.clone(),
            text: self.text,
            author: self.author,
            published_at: self.published_at,
            ..MentionInput::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_without_an_id_is_known_by_its_words_under_its_post() {
        let (post, other) = (MentionId::new("a".to_owned()), MentionId::new("b".to_owned()));
        let said = |text: &str| Comment { text: text.into(), ..Comment::default() };
        let of = MentionInput { source: Some("bbs".into()), ..MentionInput::default() };
        let id = |post: &MentionId, text: &str| said(text).mention(post, &of).identity();
        assert_eq!(id(&post, "我家也停水了"), id(&post, "我家也停水了"));
        assert_ne!(id(&post, "我家也停水了"), id(&other, "我家也停水了"));
        assert_ne!(id(&post, "我家也停水了"), id(&post, "已经来水了"));
    }
}
