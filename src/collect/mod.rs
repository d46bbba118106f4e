//! Collecting (采集): sources, fetching, charsets, articles, publish times, and files that other tools wrote.

pub mod article;
pub mod charset;
pub mod definition;
pub mod depth;
pub mod html_text;
pub mod import;
pub mod page;
pub mod page_time;
pub mod time_expression;
