//! Holds the colours to the WCAG ratios of UX 8.1, computed from the token file in both themes.

use std::collections::BTreeMap;

/// Red, green and blue, each from 0 to 255.
type Colour = [u8; 3];

/// The colour tokens in the light and in the dark theme.
#[derive(Debug, Default)]
struct Tokens(BTreeMap<String, [Colour; 2]>);

impl Tokens {
    /// Reads lines such as `--fg: light-dark(#1b1f27, #e8ebf0);`. Colours with an alpha are no ground for text.
    fn read(text: &str) -> Self {
        let found = text.lines().filter_map(|line| {
            let (name, value) = line.trim().strip_prefix("--")?.split_once(": light-dark(")?;
            let (light, dark) = value.strip_suffix(");")?.split_once(", ")?;
            Some((name.to_owned(), [colour(light)?, colour(dark)?]))
        });
        Self(found.collect())
    }

    fn ratio(&self, front: &str, ground: &str, theme: usize) -> f64 {
        let (front, ground) = (self.0[front][theme], self.0[ground][theme]);
        let (a, b) = (luminance(front), luminance(ground));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

fn colour(text: &str) -> Option<Colour> {
    let number = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let [_, red, green, blue] = u32::from_str_radix(number, 16).ok()?.to_be_bytes();
    Some([red, green, blue])
}

/// Relative luminance as WCAG 2.2 defines it.
fn luminance(colour: Colour) -> f64 {
    let [red, green, blue] = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

const TINTS: [&str; 8] =
    ["theirs-bg", "ours-bg", "base-bg", "res-bg", "danger-bg", "warn-bg", "ok-bg", "info-bg"];

/// The third column of the table of UX 8.1: front, ground, ratio in the light theme, ratio in the dark one.
const PROMISED: [(&str, &str, f64, f64); 17] = [
    ("fg", "bg", 16.5, 15.3),
    ("muted", "bg", 6.9, 8.3),
    ("line-strong", "bg", 4.2, 5.2),
    ("accent", "bg", 6.9, 8.8),
    ("on-accent", "accent", 6.9, 9.3),
    ("focus", "bg", 10.0, 12.9),
    ("theirs-fg", "theirs-bg", 7.5, 8.9),
    ("theirs-bd", "theirs-bg", 4.5, 5.1),
    ("ours-fg", "ours-bg", 7.4, 9.1),
    ("ours-bd", "ours-bg", 4.2, 5.2),
    ("base-fg", "base-bg", 7.8, 8.5),
    ("base-bd", "base-bg", 3.6, 4.1),
    ("res-fg", "res-bg", 7.6, 8.9),
    ("res-bd", "res-bg", 4.2, 5.1),
    ("danger", "danger-bg", 6.8, 7.8),
    ("warn", "warn-bg", 7.2, 9.6),
    ("ok", "ok-bg", 6.3, 8.8),
];

#[test]
fn colours_have_the_contrasts_they_promise_in_both_themes() {
    let tokens = Tokens::read(include_str!("../../../../style/tokens/colours.css"));
    let mut short = Vec::new();
    let mut hold = |front: &str, ground: &str, theme: usize, least: f64| {
        let ratio = tokens.ratio(front, ground, theme);
        // The table rounds to one digit, up at the half.
        if ratio < least - 0.06 {
            short.push(format!("{front} on {ground}, theme {theme}: {ratio:.2} instead of {least}"));
        }
    };
    for (front, ground, light, dark) in PROMISED {
        hold(front, ground, 0, light);
        hold(front, ground, 1, dark);
    }
    for theme in [0, 1] {
        hold("info", "info-bg", theme, [7.6, 8.6][theme]);
        for ground in TINTS {
            hold("fg", ground, theme, 11.5);
            hold("muted", ground, theme, 5.9);
        }
        for ground in ["subtle", "sunken"] {
            for front in ["fg", "muted", "accent", "danger", "warn", "ok"] {
                hold(front, ground, theme, 4.5);
            }
            hold("focus", ground, theme, 3.0);
        }
    }
    assert!(short.is_empty(), "{}", short.join("\n"));
}

#[test]
fn black_on_white_is_twenty_one_to_one() {
    let tokens = Tokens::read("--a: light-dark(#000000, #ffffff);\n--b: light-dark(#ffffff, #000000);");
    assert!((tokens.ratio("a", "b", 0) - 21.0).abs() < 0.001);
    assert!((tokens.ratio("a", "b", 1) - 21.0).abs() < 0.001);
}
