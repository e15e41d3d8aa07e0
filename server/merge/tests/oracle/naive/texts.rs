//! Long texts and counters that both sides changed (MS 8).

use super::compare::text_form;
use super::fields::Cell;
use super::lists::{Piece, pieces};
use crate::nouns::{Json, Policy};

/// T1, T2: the merged text, unless it is one value or its edits clash.
pub fn combine(policy: &Policy, cell: &Cell) -> Option<String> {
    let how = policy.text_at(&cell.path)?;
    let long = |i: usize| match &cell.values[i] {
        Some(Json::Text(text)) if text.contains('\n') || text.chars().count() >= 80 => Some(text.clone()),
        _ => None,
    };
    let texts = [long(0).filter(|_| !cell.new)?, long(1)?, long(2)?];
    // T4: line ends compare as one; base's are kept.
    let end = if texts[0].contains("\r\n") { "\r\n" } else { "\n" };
    let lines = texts.map(|text| text.replace("\r\n", "\n").split('\n').map(str::to_owned).collect());
    let compare = policy.compare_at(&cell.path);
    let merged = tokens(&compare, &lines, &|contested| {
        let words = contested.map(|lines| words(&lines.join("\n")));
        // A word without the blank behind it must not pass for one that another follows.
        let compare: Vec<&str> = compare.iter().copied().filter(|name| *name != "trim").collect();
        (how == "words").then(|| tokens(&compare, &words, &|_| None))?.map(|words| words.concat())
    });
    // Lines that were merged by word are one text with breaks of its own.
    merged.map(|lines| lines.join("\n").replace('\n', end))
}

/// The tokens with both sides' edits. Where they clash, `contested` may have an answer.
fn tokens(
    compare: &[&str],
    texts: &[Vec<String>; 3],
    contested: &dyn Fn([Vec<String>; 3]) -> Option<String>,
) -> Option<Vec<String>> {
    let forms =
        texts.each_ref().map(|tokens| tokens.iter().map(|token| plain_form(compare, token)).collect());
    let mut merged = Vec::new();
    for Piece { touched, ranges } in pieces(&forms) {
        let part = |i: usize| texts[i][ranges[i].0..ranges[i].1].to_vec();
        let form = |i: usize| &forms[i][ranges[i].0..ranges[i].1];
        match touched {
            [false, false] => merged.extend(part(0)),
            [true, false] => merged.extend(part(1)),
            [false, true] => merged.extend(part(2)),
            // N6: of two spellings the greater.
            [true, true] if form(1) == form(2) => {
                merged.extend(part(1).into_iter().zip(part(2)).map(|(ours, theirs)| ours.max(theirs)));
            }
            [true, true] => merged.push(contested([part(0), part(1), part(2)])?),
        }
    }
    Some(merged)
}

/// The form of a line or a word; whether an empty one is blank is a question for whole values.
fn plain_form(compare: &[&str], token: &str) -> Json {
    let compare: Vec<&str> = compare.iter().copied().filter(|name| *name != "empty_null").collect();
    text_form(&compare, token)
}

/// Words, each with the blanks after it.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for c in text.chars() {
        match words.last_mut() {
            Some(word) if c.is_whitespace() || !word.ends_with(char::is_whitespace) => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    words
}

/// T5: whole numbers give ours + theirs - base.
pub fn count(policy: &Policy, cell: &Cell) -> Option<Json> {
    let whole = |i: usize| match &cell.values[i] {
        Some(Json::Number(digits)) => digits.parse::<f64>().ok().filter(|number| number.fract() == 0.0),
        _ => None,
    };
    let counted = policy.counts_at(&cell.path) && !cell.new;
    let [base, ours, theirs] = [whole(0).filter(|_| counted)?, whole(1)?, whole(2)?];
    Some(Json::Number(format!("{}", ours + theirs - base + 0.0)))
}
