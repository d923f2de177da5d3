//! The whole check: reads the sources, follows the pointers, and asks the rules.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::c::{self, CFile};
use crate::finding::{Draft, Finding};
use crate::flow::Flow;
use crate::go::{self, Declared, Packages};
use crate::ir::Function;
use crate::library::Library;
use crate::place::{FileId, Files};
use crate::rules;
use crate::rules::given::Rust;
use crate::rust;
use crate::rust::model::Model;
use crate::silence;
use crate::source::{self, Language, Source};
use crate::syntax::Parsed;

/// What a check comes to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What the rules found, by file and line.
    pub findings: Vec<Finding>,
    /// How many files were read.
    pub files: usize,
    /// How many lines they have.
    pub lines: usize,
    /// Files of which the parser could not make sense in full, with how many hundredths it left out.
    pub partly_read: Vec<(PathBuf, usize)>,
    /// What was not read, and why.
    pub notes: Vec<String>,
    /// How many findings a comment or a baseline silenced.
    pub silenced: usize,
}

/// A file that was read.
struct Text {
    id: FileId,
    path: PathBuf,
    language: Language,
    text: String,
}

/// The stack of the threads that walk trees.
const STACK: usize = 64 << 20;

/// Checks the sources below `root`. `progress` is told, from any thread, how many of how many files are read.
///
/// # Errors
///
/// Where `root` is not there or cannot be read, in words.
pub fn check(root: &Path, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Outcome, String> {
    let threads = rayon::ThreadPoolBuilder::new()
        .stack_size(STACK)
        .build()
        .map_err(|error| error.to_string())?;
    threads.install(|| run(root, progress))
}

fn run(root: &Path, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    let sources = source::walk(root, &mut outcome.notes)?;
    let mut files = Files::default();
    let ids: Vec<FileId> = sources.iter().map(|source| files.add(source.path.clone())).collect();
    let read =
        Reader { progress, done: std::sync::atomic::AtomicUsize::new(0), total: sources.len() };
    let has_go = sources.iter().any(|source| source.language == Language::Go);

    let mut functions: Vec<Function> = Vec::new();
    let mut declared = Declared::default();
    let c_files: Vec<_> =
        pick(&sources, &ids, |language| matches!(language, Language::C | Language::ObjectiveC));
    for (parsed, result) in read.all(&c_files, |text| read_c(&text.text, text.language, text.id, 0))
    {
        let taken = outcome.take(parsed, result);
        add_c(taken, &mut functions, &mut declared);
    }

    let mut drafts: Vec<Draft> = Vec::new();
    let mut values = Vec::new();
    if has_go {
        let go_files =
            pick(&sources, &ids, |language| matches!(language, Language::Go | Language::Module));
        let texts: Vec<Text> = read.texts(&go_files, &mut outcome);
        if texts
            .iter()
            .any(|text| text.text.contains("import \"C\"") || text.text.contains("\"C\"\n"))
        {
            let (more, found) = read_go(&texts, &mut functions, &mut declared, &mut outcome);
            functions.extend(more);
            values = found;
        }
    }
    let mut model = Model::default();
    let rust_files = pick(&sources, &ids, |language| language == Language::Rust);
    for (parsed, result) in
        read.all(&rust_files, |text| match rust::read::read(&text.text, text.id) {
            Ok((model, unread)) => (Ok(model), unread),
            Err(why) => (Err(format!("{}: not read: {why}", text.path.display())), 0),
        })
    {
        match outcome.take(parsed, result.map(Some)) {
            Some(Ok(more)) => model.add(more),
            Some(Err(why)) => outcome.notes.push(why),
            None => {}
        }
    }
    let library = Arc::new(Library::bundled()?);
    let flow = Flow::solve(functions, library);
    rules::c1::check(&flow, &mut drafts);
    rules::c2::check(&flow, &mut drafts);
    rules::c3::check(&values, &mut drafts);
    rules::h1::check(&flow, &mut drafts);
    rules::released::check(&flow, &mut drafts);

    let given = Rust::new(&model, &flow);
    rules::r1::check(&given, &mut drafts);
    rules::r2::check(&given, &mut drafts);
    rules::r3::check(&given, &mut drafts);
    rules::h3::check(&given, &mut drafts);

    let mut seen = HashSet::new();
    drafts.retain(|draft| seen.insert((draft.rule, draft.at)));
    for draft in drafts {
        let path = files.path(draft.at.file).to_owned();
        match draft.finish(&files, root) {
            Some(finding) if silence::is_silenced(&path, &finding) => outcome.silenced += 1,
            Some(finding) => outcome.findings.push(finding),
            None => {}
        }
    }
    outcome.findings.sort_by(|a, b| {
        (&a.at.path, a.at.line, a.at.column).cmp(&(&b.at.path, b.at.line, b.at.column))
    });
    Ok(outcome)
}

fn pick<'a>(
    sources: &'a [Source],
    ids: &[FileId],
    wanted: impl Fn(Language) -> bool,
) -> Vec<(&'a Source, FileId)> {
    sources.iter().zip(ids.iter().copied()).filter(|(source, _)| wanted(source.language)).collect()
}

/// What reading a file came to: its lines and the hundredths that were not understood; or why it was not read.
struct Read {
    path: PathBuf,
    lines: usize,
    unread: usize,
}

struct Reader<'a> {
    progress: &'a (dyn Fn(usize, usize) + Sync),
    done: std::sync::atomic::AtomicUsize,
    total: usize,
}

impl Reader<'_> {
    fn text(&self, source: &Source, id: FileId) -> Result<Text, String> {
        let text = source::read(&source.path);
        let done = self.done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        (self.progress)(done, self.total);
        Ok(Text { id, path: source.path.clone(), language: source.language, text: text? })
    }

    fn texts(&self, sources: &[(&Source, FileId)], outcome: &mut Outcome) -> Vec<Text> {
        let read: Vec<Result<Text, String>> =
            sources.par_iter().map(|(source, id)| self.text(source, *id)).collect();
        let mut texts = Vec::new();
        for text in read {
            match text {
                Ok(text) => texts.push(text),
                Err(why) => outcome.notes.push(why),
            }
        }
        texts
    }

    fn all<T: Send>(
        &self,
        sources: &[(&Source, FileId)],
        parse: impl Fn(&Text) -> (T, usize) + Sync,
    ) -> Vec<(Result<Read, String>, Option<T>)> {
        sources
            .par_iter()
            .map(|(source, id)| match self.text(source, *id) {
                Err(why) => (Err(why), None),
                Ok(text) => {
                    let (parsed, unread) = parse(&text);
                    let read =
                        Read { path: text.path.clone(), lines: text.text.lines().count(), unread };
                    (Ok(read), Some(parsed))
                }
            })
            .collect()
    }
}

impl Outcome {
    /// Adds what the check of another folder came to.
    pub fn add(&mut self, other: Outcome) {
        self.findings.extend(other.findings);
        self.files += other.files;
        self.lines += other.lines;
        self.partly_read.extend(other.partly_read);
        self.notes.extend(other.notes);
        self.silenced += other.silenced;
    }

    fn take<T: Default>(&mut self, read: Result<Read, String>, parsed: Option<T>) -> T {
        match read {
            Ok(read) => self.count(read),
            Err(why) => self.notes.push(why),
        }
        parsed.unwrap_or_default()
    }

    fn count(&mut self, read: Read) {
        self.files += 1;
        self.lines += read.lines;
        if read.unread > 0 {
            self.partly_read.push((read.path, read.unread));
        }
    }
}

fn read_c(text: &str, language: Language, file: FileId, offset: usize) -> (CFile, usize) {
    let grammar = match language {
        Language::ObjectiveC => tree_sitter_objc::LANGUAGE.into(),
        _ => tree_sitter_c::LANGUAGE.into(),
    };
    match Parsed::new(&grammar, text, file, offset) {
        Some(parsed) => (c::read(&parsed), parsed.unread()),
        None => (CFile::default(), 100),
    }
}

fn add_c(file: CFile, functions: &mut Vec<Function>, declared: &mut Declared) {
    functions.extend(file.functions);
    for (name, pointers) in file.declared {
        declared.functions.insert(name, pointers);
    }
    declared.function_types.extend(file.function_types);
}

fn read_go(
    texts: &[Text],
    functions: &mut Vec<Function>,
    declared: &mut Declared,
    outcome: &mut Outcome,
) -> (Vec<Function>, Vec<(String, go::FunctionValue)>) {
    let mut packages = Packages::default();
    let folder = |text: &Text| text.path.parent().unwrap_or(Path::new("")).to_owned();
    for module in texts.iter().filter(|text| text.language == Language::Module) {
        packages.add_module(&folder(module), &module.text);
    }
    let grammar = tree_sitter_go::LANGUAGE.into();
    let parsed: Vec<Option<Parsed<'_>>> = texts
        .par_iter()
        .map(|text| {
            let is_go = text.language == Language::Go;
            is_go.then(|| Parsed::new(&grammar, &text.text, text.id, 0)).flatten()
        })
        .collect();
    for (text, parsed) in texts.iter().zip(&parsed) {
        let Some(parsed) = parsed else { continue };
        outcome.count(Read {
            path: text.path.clone(),
            lines: text.text.lines().count(),
            unread: parsed.unread(),
        });
        packages.add_file(parsed, &folder(text));
        for (offset, preamble) in go::preambles(parsed) {
            let objective =
                preamble.contains("@") || preamble.contains("^{") || preamble.contains("^(");
            let language = if objective { Language::ObjectiveC } else { Language::C };
            add_c(read_c(&preamble, language, text.id, offset).0, functions, declared);
        }
    }
    let read: Vec<go::GoFile> = texts
        .par_iter()
        .zip(&parsed)
        .filter_map(|(text, parsed)| {
            parsed.as_ref().map(|parsed| go::read(parsed, &folder(text), &packages, declared))
        })
        .collect();
    let mut found = Vec::new();
    let mut values = Vec::new();
    for file in read {
        let name =
            file.functions.first().map_or(String::new(), |function| function.name.to_string());
        values.extend(file.function_values.into_iter().map(|value| (name.clone(), value)));
        found.extend(file.functions);
    }
    (found, values)
}
