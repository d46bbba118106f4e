//! Collecting (采集): sources, fetching, charsets, articles, publish times, and files that other tools wrote.

pub mod address;
pub mod answer;
pub mod article;
pub mod canonical;
pub mod charset;
pub mod comment;
pub mod count;
pub mod definition;
pub mod depth;
pub mod detail;
pub mod feed;
pub mod feed_comments;
pub mod feed_guard;
pub mod feed_repair;
pub mod fetch;
pub mod fetch_error;
pub mod field;
pub mod frontier;
pub mod health;
pub mod hosts;
pub mod html_text;
pub mod import;
pub mod interval;
pub mod json;
pub mod list;
#[cfg(test)]
mod measured;
pub mod page;
pub mod page_time;
pub mod proposal;
pub mod reason;
pub mod robots;
pub mod scan;
#[cfg(test)]
mod shared_data;
pub mod sitemap;
pub mod structure;
pub mod time_expression;
pub mod trial;
pub mod wall;
