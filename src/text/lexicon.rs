//! Lexicons (词典): tab-separated lines of `models/`, part of the program.

/// The fields of each line that is neither empty nor a comment.
pub fn lines(file: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| line.split('\t').collect())
}

/// A number of a lexicon; the files are part of the program, so a fault in one is a fault of the build.
pub fn number(field: &str) -> f64 {
    field.parse().expect("a number in a lexicon")
}
