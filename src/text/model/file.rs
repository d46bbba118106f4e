//! A model's file: a line that says what it is, the card as JSON, the table, and a hash over all of it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Model;
use super::layout::{BUCKETS, Head, WIDTH};

const MAGIC: &[u8; 8] = b"HUIYING1";
/// Magic, then the card's length as four bytes, least first.
const HEAD_BYTES: usize = MAGIC.len() + 4;
const HASH_BYTES: usize = 32;
/// A larger card is no card.
const CARD_BYTES_MAX: usize = 1024 * 1024;
/// Characters of a version: enough to tell models apart, short enough to read out.
const VERSION_CHARS: usize = 12;

/// What a model is and what it was learnt from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Seed of the training order.
    pub seed: u64,
    /// Files and records that it was learnt from.
    pub sources: Vec<Source>,
    /// Columns in use.
    pub columns: Vec<Column>,
    /// Measured on what was held out: name, then value (shares of 1).
    pub measured: Vec<(String, f64)>,
}

/// A file that a model was learnt from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// File name without folder.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Rows that were used.
    pub rows: usize,
}

/// A column of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Whose.
    pub head: Head,
    /// For which class.
    pub class: String,
    /// What the unit of its bytes is worth.
    pub scale: f32,
    /// Added to every score.
    pub bias: f32,
}

/// Why a file is no model for this program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Something else.
    #[error("不是模型文件（或由别的版本训练）：请用 huiying train 重新训练")]
    NotAModel,
    /// Cut off or too long.
    #[error("模型文件长度应为 {expected} 字节，实为 {found}：可能没有拷贝完整")]
    Length {
        /// By the card.
        expected: usize,
        /// As it is.
        found: usize,
    },
    /// Changed since it was written.
    #[error("模型文件校验和不符：内容已损坏或被改动")]
    Hash,
    /// A card that this program can't use.
    #[error("模型文件的说明无法读取：{0}")]
    Card(String),
}

/// The bytes of a file.
pub fn encode(card: &Card, table: &[u8]) -> Vec<u8> {
    let json = serde_json::to_vec(card).expect("a card has no map keys that are not text");
    let mut out = Vec::with_capacity(HEAD_BYTES + json.len() + table.len() + HASH_BYTES);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&(json.len() as u32).to_le_bytes());
    out.extend_from_slice(&json);
    out.extend_from_slice(table);
    let hash = Sha256::digest(&out);
    out.extend_from_slice(&hash);
    out
}

pub(super) fn decode(bytes: Cow<'static, [u8]>) -> Result<Model, ModelError> {
    let head = bytes.get(..HEAD_BYTES).filter(|head| head.starts_with(MAGIC)).ok_or(ModelError::NotAModel)?;
    let length: [u8; 4] = head[MAGIC.len()..].try_into().map_err(|_| ModelError::NotAModel)?;
    let card_end = HEAD_BYTES + u32::from_le_bytes(length) as usize;
    let expected = card_end + BUCKETS * WIDTH + HASH_BYTES;
    if card_end - HEAD_BYTES > CARD_BYTES_MAX || bytes.len() != expected {
        return Err(ModelError::Length { expected, found: bytes.len() });
    }
    let (content, hash) = bytes.split_at(bytes.len() - HASH_BYTES);
    // The shipped model was checked when it was made part of the program; hashing it would touch every page of it.
    if matches!(bytes, Cow::Owned(_)) && Sha256::digest(content).as_slice() != hash {
        return Err(ModelError::Hash);
    }
    let version = hex::encode(hash)[..VERSION_CHARS].to_owned();
    let card: Card =
        serde_json::from_slice(&content[HEAD_BYTES..card_end]).map_err(|error| ModelError::Card(error.to_string()))?;
    let (scales, biases, spans) = columns(&card)?;
    let table = match bytes {
        Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[card_end..bytes.len() - HASH_BYTES]),
        Cow::Owned(mut bytes) => {
            bytes.truncate(bytes.len() - HASH_BYTES);
            bytes.drain(..card_end);
            Cow::Owned(bytes)
        }
    };
    Ok(Model { card, version, table, scales, biases, spans })
}

type Columns = (Vec<f32>, Vec<f32>, [(usize, usize); Head::ALL.len()]);

fn columns(card: &Card) -> Result<Columns, ModelError> {
    let (mut scales, mut biases) = (vec![0.0; WIDTH], vec![0.0; WIDTH]);
    let mut spans = [(0, 0); Head::ALL.len()];
    if !card.columns.is_sorted_by_key(|column| column.head) {
        return Err(ModelError::Card("类别没有按判断排列".to_owned()));
    }
    for head in Head::ALL {
        let (first, room) = head.columns();
        for (n, column) in card.columns.iter().filter(|column| column.head == head).enumerate() {
            if n >= room {
                return Err(ModelError::Card(format!("{} 的类别多于 {room} 个", head.name())));
            }
            if !column.scale.is_finite() || !column.bias.is_finite() {
                return Err(ModelError::Card(format!("{} 的 {} 没有有效的系数", head.name(), column.class)));
            }
            (scales[first + n], biases[first + n]) = (column.scale, column.bias);
        }
        let start = card.columns.iter().take_while(|column| column.head < head).count();
        spans[head as usize] = (start, card.columns.iter().filter(|column| column.head == head).count());
    }
    Ok((scales, biases, spans))
}
