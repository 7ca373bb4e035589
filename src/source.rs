//! Where text comes from and where in it something stands.
//!
//! Holds the text of every file of a run and turns byte offsets into lines and columns. It must not read the disk
//! (that is `load`) and knows nothing of YAML.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

pub(crate) use self::values::Values;

mod values;

mod address;

pub use address::without_logins;

/// Names one file of a [`SourceMap`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

impl FileId {
    /// Its number, from 0: less than [`SourceMap::numbers`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A half-open range of bytes in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from byte offsets.
    #[must_use]
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        Self { file, start: start as u32, end: end as u32 }
    }

    /// The span as a range of byte offsets.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A place for people: both numbers start at 1, columns count Unicode characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in Unicode characters, from 1.
    pub column: u32,
}

/// One file's path and text.
#[derive(Debug)]
pub struct File {
    path: String,
    text: Arc<str>,
    /// Whether a renderer made it: nobody wrote it, and no such file need be there.
    rendered: bool,
    /// Whether it only keeps a number free: see [`SourceMap::emptied`].
    is_vacant: bool,
    /// Byte offset of each line's first byte; made when first asked for.
    lines: OnceLock<Vec<u32>>,
    /// How many characters begin before each block of bytes; made when first asked for.
    characters: OnceLock<Vec<u32>>,
}

/// The bytes of a block of [`File::characters`].
const BLOCK: usize = 4096;

impl File {
    fn new(path: String, text: Arc<str>, rendered: bool) -> Self {
        let (lines, characters) = Default::default();
        Self { path, text, rendered, is_vacant: false, lines, characters }
    }

    /// The path as it is shown: relative to the working directory, with `/`; `-` is standard input.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The whole text, for those who keep it.
    #[must_use]
    pub fn shared_text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// Whether a renderer made it; then the path is that of what was rendered.
    #[must_use]
    pub fn is_rendered(&self) -> bool {
        self.rendered
    }

    /// Byte offset of the first byte of each line.
    pub fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let newlines = memchr::memchr_iter(b'\n', self.text.as_bytes()).map(|at| at as u32 + 1);
            std::iter::once(0).chain(newlines).collect()
        })
    }

    /// Line and column of a byte offset; an offset past the end is the end.
    #[must_use]
    pub fn position(&self, offset: u32) -> Position {
        let starts = self.line_starts();
        let offset = (offset as usize).min(self.text.len());
        let line = starts.partition_point(|&start| start as usize <= offset);
        let start = starts[line - 1] as usize;
        let column = match self.text.get(start..offset) {
            Some(before) if before.len() < BLOCK => before.chars().count(),
            Some(_) => self.characters_before(offset) - self.characters_before(start),
            None => offset - start,
        };
        Position { line: line as u32, column: column as u32 + 1 }
    }

    /// How many characters begin before a byte. Lines may be long, and many findings stand on one.
    fn characters_before(&self, offset: usize) -> usize {
        let begin = |bytes: &[u8]| bytes.iter().filter(|byte| !matches!(byte, 0x80..=0xbf)).count();
        let bytes = self.text.as_bytes();
        let blocks = self.characters.get_or_init(|| {
            let mut blocks = vec![0];
            for block in bytes.chunks(BLOCK) {
                blocks.push(blocks[blocks.len() - 1] + begin(block) as u32);
            }
            blocks
        });
        let block = offset / BLOCK;
        blocks[block] as usize + begin(&bytes[block * BLOCK..offset])
    }

    /// The text of one line (from 1), without its line break.
    #[must_use]
    pub fn line(&self, line: u32) -> &str {
        let starts = self.line_starts();
        let Some(&start) = starts.get(line as usize - 1) else {
            return "";
        };
        let end = starts.get(line as usize).map_or(self.text.len(), |&next| next as usize - 1);
        self.text[start as usize..end].trim_end_matches('\r')
    }
}

/// Every file of a run. Clones share the texts.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<Arc<File>>,
}

impl SourceMap {
    /// Adds a file; `path` is what people will see.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        self.push(path.into(), text.into(), false)
    }

    /// Adds text that was rendered from what stands at `path`.
    pub fn add_rendered(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        self.push(path.into(), text.into(), true)
    }

    fn push(&mut self, path: String, text: Arc<str>, rendered: bool) -> FileId {
        let id = FileId(self.files.len() as u32);
        self.files.push(Arc::new(File::new(path, text, rendered)));
        id
    }

    /// The same numbers with nothing in them yet. What stands where it stood before can have the number that it had.
    pub(crate) fn emptied(&self) -> Self {
        let vacant = File { is_vacant: true, ..File::new(String::new(), "".into(), false) };
        Self { files: std::iter::repeat_n(Arc::new(vacant), self.files.len()).collect() }
    }

    /// Gives a file of an earlier run the number that it has there.
    pub(crate) fn keep(&mut self, id: FileId, before: &Self) {
        self.files[id.index()] = Arc::clone(&before.files[id.index()]);
    }

    /// Gives another text the number of a file of an earlier run.
    pub(crate) fn replace(&mut self, id: FileId, path: String, text: Arc<str>) {
        self.files[id.index()] = Arc::new(File::new(path, text, false));
    }

    /// Whether a number stands for the same text here and there.
    #[must_use]
    pub fn is_same(&self, other: &Self, id: FileId) -> bool {
        let (own, other) = (self.files.get(id.index()), other.files.get(id.index()));
        own.zip(other).is_some_and(|(own, other)| Arc::ptr_eq(own, other) && !own.is_vacant)
    }

    /// How many numbers are given.
    #[must_use]
    pub fn numbers(&self) -> usize {
        self.files.len()
    }

    /// The same files under other paths.
    #[must_use]
    pub fn with_paths(&self, path: impl Fn(&str) -> String) -> Self {
        let mut moved = self.emptied();
        for (place, file) in moved.files.iter_mut().zip(&self.files).filter(|(_, file)| !file.is_vacant) {
            *place = Arc::new(File::new(path(&file.path), file.shared_text(), file.rendered));
        }
        moved
    }

    /// The file named by `id`.
    #[must_use]
    pub fn file(&self, id: FileId) -> &File {
        &self.files[id.index()]
    }

    /// All files with their ids, in the order they were added.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &File)> {
        let all = self.files.iter().enumerate().filter(|(_, file)| !file.is_vacant);
        all.map(|(index, file)| (FileId(index as u32), &**file))
    }

    /// The text under a span.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file).text().get(span.range()).unwrap_or_default()
    }

    /// Where a span begins and ends, for people.
    #[must_use]
    pub fn positions(&self, span: Span) -> (Position, Position) {
        let file = self.file(span.file);
        (file.position(span.start), file.position(span.end))
    }
}

/// Index of a source, once those that hold several variants are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// Byte ranges and values that must never be shown: what renderers put in their place has the same length.
#[derive(Clone, Default)]
pub struct Masks {
    /// After [`Masks::finish`] sorted and without overlaps.
    spans: Vec<Span>,
    values: Vec<String>,
    search: Values,
}

/// Shorter values are masked where they stand only: `root` or `admin` as words of a snippet give nothing away.
const SEARCHED_VALUE: usize = 6;

impl Masks {
    /// Hides what stands at `span`.
    pub fn hide(&mut self, span: Span) {
        self.spans.push(span);
    }

    /// The spans that are hidden, before [`Masks::finish`] in the order of hiding.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Hides `value` wherever a text repeats it; values under six bytes are hidden only where they stand.
    pub fn hide_value(&mut self, value: &str) {
        if value.len() >= SEARCHED_VALUE {
            self.values.push(value.to_owned());
        }
    }

    /// Sorts, merges and indexes; to be called once, after the last `hide`. Nothing is masked before.
    pub fn finish(&mut self) {
        self.spans.sort_unstable();
        self.spans.dedup_by(|next, before| {
            let touches = next.file == before.file && next.start <= before.end;
            if touches {
                before.end = before.end.max(next.end);
            }
            touches
        });
        self.search = Values::of(std::mem::take(&mut self.values));
    }

    /// `text[start..end]` of a file with everything hidden replaced by `*`, byte for byte (line breaks stay).
    #[must_use]
    pub fn masked(&self, file: FileId, text: &str, start: usize, end: usize) -> String {
        let mut bytes = text.as_bytes()[start..end].to_vec();
        let first = self.spans.partition_point(|span| (span.file, span.end as usize) <= (file, start));
        for span in
            self.spans[first..].iter().take_while(|span| span.file == file && (span.start as usize) < end)
        {
            let from = (span.start as usize).max(start);
            let to = (span.end as usize).min(end);
            cover(&mut bytes[from - start..to - start]);
        }
        for range in self.found(&text[start..end]) {
            cover(&mut bytes[range]);
        }
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    /// Free text (a message of a report) with every hidden value replaced.
    #[must_use]
    pub fn masked_text<'t>(&self, text: &'t str) -> std::borrow::Cow<'t, str> {
        let mut masked = std::borrow::Cow::Borrowed(text);
        for range in self.found(text) {
            let stars = "*".repeat(range.len());
            masked.to_mut().replace_range(range, &stars);
        }
        masked
    }

    /// Where hidden values stand in a text, and the logins of its addresses.
    fn found<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Range<usize>> {
        self.search.found(text).chain(address::logins(text))
    }
}

impl fmt::Debug for Masks {
    /// Never prints values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Masks")
            .field("spans", &self.spans.len())
            .field("values", &(self.values.len() + self.search.len()))
            .finish_non_exhaustive()
    }
}

fn cover(bytes: &mut [u8]) {
    for byte in bytes {
        if !matches!(byte, b'\n' | b'\r') {
            *byte = b'*';
        }
    }
}
