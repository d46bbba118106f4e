//! The items of a JSON array, taken from a stream without reading it whole: brackets and strings are followed, nothing more, and
//! what is between two commas is an item.

use std::io::BufRead;

use super::ImportError;
use super::lines::{LINE_BYTES_MAX, Line, Source};

impl Source {
    /// Goes behind the `[` of the array: the document's own, or the one that `key` names in its object.
    pub fn enter_array(&mut self, key: Option<&str>) -> Result<bool, ImportError> {
        let Some(key) = key else {
            while let Some(byte) = self.byte()? {
                if byte == b'[' {
                    return Ok(true);
                }
            }
            return Ok(false);
        };
        let (mut depth, mut last) = (0_u32, Vec::new());
        while let Some(byte) = self.byte()? {
            match byte {
                b'"' => {
                    let text = self.string()?;
                    if depth == 1 {
                        last = text;
                    }
                }
                b'[' if depth == 1 && last == key.as_bytes() => return Ok(true),
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                b',' if depth == 1 => last.clear(),
                _ => {}
            }
        }
        Ok(false)
    }

    /// The next item; none behind the last.
    pub fn element(&mut self) -> Result<Option<Line>, ImportError> {
        loop {
            match self.peek()? {
                None | Some(b']') => return Ok(None),
                Some(b',') => self.skip()?,
                Some(byte) if byte.is_ascii_whitespace() => self.skip()?,
                Some(_) => return self.value(),
            }
        }
    }

    /// The next value: to the comma or bracket that ends it.
    pub fn value(&mut self) -> Result<Option<Line>, ImportError> {
        let (start, mut bytes, mut total) = (self.offset(), Vec::new(), 0_usize);
        let (mut depth, mut inside, mut escaped, mut closed) = (0_u32, false, false, false);
        while let Some(byte) = self.peek()? {
            if !inside && depth == 0 && matches!(byte, b',' | b']' | b'}') {
                closed = true;
                break;
            }
            self.skip()?;
            total += 1;
            if bytes.len() < LINE_BYTES_MAX {
                bytes.push(byte);
            }
            match byte {
                _ if escaped => escaped = false,
                b'\\' if inside => escaped = true,
                b'"' => inside = !inside,
                b'{' | b'[' if !inside => depth += 1,
                b'}' | b']' if !inside => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        closed = true;
                        break;
                    }
                }
                _ => {}
            }
        }
        if total == 0 {
            return Ok(None);
        }
        let too_long = total > LINE_BYTES_MAX;
        Ok(Some(Line { number: 0, bytes, too_long, start, end: self.offset(), terminated: closed }))
    }

    fn string(&mut self) -> Result<Vec<u8>, ImportError> {
        let (mut text, mut escaped) = (Vec::new(), false);
        while let Some(byte) = self.byte()? {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => break,
                byte if text.len() < 64 => text.push(byte),
                _ => {}
            }
        }
        Ok(text)
    }

    fn byte(&mut self) -> Result<Option<u8>, ImportError> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.skip()?;
        }
        Ok(byte)
    }

    fn peek(&mut self) -> Result<Option<u8>, ImportError> {
        let file = &self.file;
        let chunk = self.reader.fill_buf().map_err(|source| ImportError::Io { file: file.clone(), source })?;
        Ok(chunk.first().copied())
    }

    fn skip(&mut self) -> Result<(), ImportError> {
        self.reader.consume(1);
        self.offset += 1;
        Ok(())
    }
}
