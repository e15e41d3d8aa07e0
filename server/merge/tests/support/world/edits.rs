//! Edits of records as people make them: a value is set, an item goes in or out, a line of a text is changed.

use merge::{Action, FieldPath, Number, Object, Segment, Value, perform};

use super::values::{ADDED, GENERATED, ODD_VALUES};

/// One edit: of which of the fields in hand, in what way, and with what. Any three numbers are an edit.
pub type Edit = (usize, u8, usize);

/// The record after the edits.
pub fn edited(record: &Object, fields: &[usize], edits: &[Edit]) -> Object {
    let mut record = Some(record.clone());
    for (field, way, with) in edits {
        let field = &GENERATED[fields[*field]];
        let old = record.as_ref().and_then(|record| at(record, &field.path));
        let new = match (old, way % 10) {
            (Some(Value::List(items)), 0..=6) => Some(Value::List(with_item_edited(items, *way, *with))),
            (Some(Value::Text(text)), 0..=5) if text.len() > 6 && field.path.to_string() == "t" => {
                Some(with_line_edited(text, *with).into())
            }
            (Some(Value::Number(number)), 0..=4) => Some(counted(number, *with)),
            (Some(_), 9) => None,
            (_, 8) => Some(ODD_VALUES[*with % ODD_VALUES.len()].clone()),
            _ => Some(field.values[*with % field.values.len()].clone()),
        };
        perform(&mut record, Action::Set, &field.path, new.as_ref());
    }
    record.unwrap_or_default()
}

/// The value at a path of names.
pub fn at<'a>(record: &'a Object, path: &FieldPath) -> Option<&'a Value> {
    let (last, parents) = path.segments().split_last()?;
    let mut object = record;
    for parent in parents {
        let Segment::Name(name) = parent else { return None };
        object = object.get(name)?.as_object()?;
    }
    let Segment::Name(name) = last else { return None };
    object.get(name)
}

fn with_item_edited(items: &[Value], way: u8, with: usize) -> Vec<Value> {
    let mut items = items.to_vec();
    let (place, other) = (with % (items.len() + 1), with / 7 % (items.len() + 1));
    match way % 7 {
        0 | 1 => items.insert(place, ADDED[with % ADDED.len()].clone()),
        2 if place < items.len() => drop(items.remove(place)),
        3 if place < items.len() && other < items.len() => items.swap(place, other),
        _ => {
            if let Some(Value::Object(item)) = items.get_mut(place) {
                let name = ["p", "q", "p", "e", "r"][with % 5];
                let values = &GENERATED[0].values;
                item.insert(name, values[with / 5 % values.len()].clone());
            } else if let Some(item) = items.get_mut(place) {
                *item = ADDED[with % 5].clone();
            }
        }
    }
    items
}

/// One line more, less or other; now and then only a word of it, or only the line ends.
fn with_line_edited(text: &str, with: usize) -> String {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let place = with / 6 % lines.len();
    match with % 6 {
        0 => drop(lines.remove(place)),
        1 => lines.insert(place, "new".to_owned()),
        2 => lines[place] = lines[place].replacen('e', "E", 1),
        3 => lines[place] = format!("{} end", lines[place]),
        4 => return text.replace("\r\n", "\n"),
        _ => lines[place] = lines[place].replacen("t", "1 t", 1),
    }
    lines.join("\n")
}

fn counted(number: &Number, with: usize) -> Value {
    let digits = number.as_str();
    match digits.parse::<i64>() {
        Ok(whole) => Value::from(whole + (with % 5) as i64 - 2),
        Err(_) => Number::parse(&format!("{digits}0")).map_or(Value::Null, Value::Number),
    }
}

/// Other spellings of what a record holds: members turned round, nulls for absent members, trailing zeros.
pub fn respelled(record: &Object) -> Object {
    let members: Vec<(String, Value)> = record.clone().into_iter().collect();
    let mut other: Object =
        members.into_iter().rev().map(|(name, value)| (name, respelled_value(value))).collect();
    if !other.contains("b") {
        other.insert("b", Value::Null);
    }
    other
}

fn respelled_value(value: Value) -> Value {
    match value {
        Value::Number(number) if !number.as_str().contains(['.', 'e']) => {
            Number::parse(&format!("{number}.00")).map_or(Value::Null, Value::Number)
        }
        Value::Text(text) if text == "é" => "é".into(),
        Value::List(items) => Value::List(items.into_iter().map(respelled_value).collect()),
        Value::Object(object) => {
            object.into_iter().rev().map(|(n, v)| (n, respelled_value(v))).collect::<Object>().into()
        }
        other => other,
    }
}
