//! How much a document holds (结构上限), counted before it is parsed: 8 MB of small objects or elements take a hundred times
//! their size in memory once they are parsed.

/// Most values of a JSON answer that is parsed: about 40 MB in memory.
pub const VALUES_MAX: usize = 300_000;
/// Most elements of a feed that is parsed.
pub const TAGS_MAX: usize = 200_000;

/// Why a document is not parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StructureError {
    /// JSON.
    #[error("JSON 中的值超过 {VALUES_MAX} 个，没有解析")]
    Values,
    /// A feed.
    #[error("订阅中的元素超过 {TAGS_MAX} 个，没有解析")]
    Tags,
}

/// Counts the values of a JSON text: each begins after an opening bracket, a comma or a colon.
pub fn check_json(text: &str) -> Result<(), StructureError> {
    let (mut values, mut in_string, mut is_escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        if in_string {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' | b',' | b':' => values += 1,
            _ => {}
        }
    }
    if values > VALUES_MAX { Err(StructureError::Values) } else { Ok(()) }
}

/// Counts what begins an element, and what expands to more than it says.
pub fn check_markup(text: &str) -> Result<(), StructureError> {
    let tags = text.bytes().filter(|byte| *byte == b'<').count();
    if tags > TAGS_MAX { Err(StructureError::Tags) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_things_in_large_numbers_are_refused_and_long_texts_are_not() {
        assert_eq!(check_json(&"{},".repeat(VALUES_MAX)), Err(StructureError::Values));
        assert_eq!(check_json(&format!("[\"{}\"]", "[,{\\\"".repeat(400_000))), Ok(()), "within a string");
        assert_eq!(check_markup(&"<i/>".repeat(TAGS_MAX + 1)), Err(StructureError::Tags));
        assert_eq!(check_markup(&"字".repeat(3_000_000)), Ok(()));
    }
}
