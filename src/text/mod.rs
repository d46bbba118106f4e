//! Chinese text analysis (文本分析), pure: what a text says, about what, where, whose matter it is, and why we think so.

pub mod analysis;
