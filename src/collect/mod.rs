//! Collecting (采集): sources, fetching, charsets, articles, publish times, and files that other tools wrote.

pub mod definition;
pub mod import;
pub mod time_expression;
