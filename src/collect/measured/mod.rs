//! What collecting is worth on real pages, feeds and times: measured, printed, and failing below the floors of issue 12.
//! The material is not in the repository (`shared_data.rs`); where it is absent, these say so and pass.
//! `HUIYING_SHOW=1` prints every miss.

mod feeds;
mod field;
mod fuzz;
mod pages;
mod shingles;
mod times;

/// Prints a line of the table, and gives what is below its floor.
fn line(what: &str, value: f64, floor: f64) -> Option<String> {
    let text = format!("{what:<44} {value:>9.3}   floor {floor}");
    eprintln!("{text}");
    (value + 1e-9 < floor).then_some(text)
}

/// Prints a miss, if they are asked for.
fn miss(text: impl FnOnce() -> String) {
    if std::env::var_os("HUIYING_SHOW").is_some() {
        eprintln!("  {}", text());
    }
}
