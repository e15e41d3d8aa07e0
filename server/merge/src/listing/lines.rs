//! Lines of a text, taken one after another.

/// Lines that a [`super::TextJoin`] takes one after another.
pub trait Lines<'t> {
    /// The next line, without its end. If it is the same text as `likely`, the slice that `likely` is may be given for it:
    /// to see that is quicker than to look for the end of the line.
    ///
    /// ```
    /// # use merge::listing::{Lines, TextLines};
    /// let base = &b"{\"crn\":1001}"[..];
    /// let mut ours = TextLines::new(b"{\"crn\":1001}\n{\"crn\":1002}\n");
    /// assert!(std::ptr::eq(ours.next_line(Some(base)).unwrap(), base));
    /// ```
    fn next_line(&mut self, likely: Option<&'t [u8]>) -> Option<&'t [u8]>;
}

/// The lines of a text, in its order. A line end behind the last line may be missing.
#[derive(Debug, Clone)]
pub struct TextLines<'t> {
    rest: &'t [u8],
}

impl<'t> TextLines<'t> {
    /// Begins at the first line.
    ///
    /// ```
    /// # use merge::listing::{Lines, TextLines};
    /// let mut lines = TextLines::new(b"{\"crn\":1001}\n\n");
    /// assert_eq!(lines.next_line(None), Some(&b"{\"crn\":1001}"[..]));
    /// assert_eq!(lines.next_line(None), Some(&b""[..]), "an empty line is a line");
    /// assert_eq!(lines.next_line(None), None);
    /// ```
    pub const fn new(text: &'t [u8]) -> TextLines<'t> {
        TextLines { rest: text }
    }
}

impl<'t> Lines<'t> for TextLines<'t> {
    fn next_line(&mut self, likely: Option<&'t [u8]>) -> Option<&'t [u8]> {
        if let Some(likely) = likely
            && let Some(behind) = self.rest.strip_prefix(likely)
            && let Some(rest) = behind.strip_prefix(b"\n")
        {
            self.rest = rest;
            return Some(likely);
        }
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', self.rest).unwrap_or(self.rest.len());
        let line = &self.rest[..end];
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        Some(line)
    }
}

/// Lines that were put in order.
impl<'t> Lines<'t> for std::slice::Iter<'_, &'t [u8]> {
    fn next_line(&mut self, _: Option<&'t [u8]>) -> Option<&'t [u8]> {
        self.next().copied()
    }
}
