//! The compare form of text (MS N1).

use std::borrow::Cow;

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

use crate::policy::{Comparator, Compare};
use crate::value::Decimal;

/// The compare form of a text. The comparators are applied in the order in which N1 names them.
pub(crate) fn normal_text(compare: Compare, text: &str) -> Cow<'_, str> {
    if compare.has(Comparator::Bytes) {
        return Cow::Borrowed(text);
    }
    let mut form = compose(compare, text);
    if compare.has(Comparator::Trim) {
        form = trim(form);
    }
    if compare.has(Comparator::Space) && has_wide_space(&form) {
        form = Cow::Owned(one_blank_each(&form));
    }
    if compare.has(Comparator::Case) {
        form = fold(compare, form);
    }
    if compare.has(Comparator::Decimal)
        && let Some(decimal) = Decimal::read(&form)
    {
        form = Cow::Owned(decimal.to_string());
    }
    form
}

fn compose(compare: Compare, text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        Cow::Borrowed(text)
    } else if compare.has(Comparator::Nfkc) {
        Cow::Owned(text.nfkc().collect())
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

fn trim(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

fn has_wide_space(text: &str) -> bool {
    let mut after_space = false;
    text.chars().any(|c| {
        let wide = c.is_whitespace() && (after_space || c != ' ');
        after_space = c.is_whitespace();
        wide
    })
}

fn one_blank_each(text: &str) -> String {
    let mut form = String::with_capacity(text.len());
    for c in text.chars() {
        if !c.is_whitespace() {
            form.push(c);
        } else if !form.ends_with(' ') {
            form.push(' ');
        }
    }
    form
}

/// Full case folding; folded text is composed again, because folding may take characters apart.
fn fold(compare: Compare, text: Cow<'_, str>) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            text
        };
    }
    let folded = text.nfd().default_case_fold();
    Cow::Owned(if compare.has(Comparator::Nfkc) {
        folded.nfkd().default_case_fold().nfkc().collect()
    } else {
        folded.nfc().collect()
    })
}
