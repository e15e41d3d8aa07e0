//! What a configuration may say (CN C23, C26, C33, C41, C50).

use connect::rest::{Config, ConfigError, RestSystem};
use connect::{Class, System, TypeName, Versions};

use crate::stub::secret;

const EXAMPLES: [(&str, &str); 5] = [
    ("kinto", include_str!("../systems/kinto.toml")),
    ("json-server", include_str!("../systems/json-server.toml")),
    ("datasette", include_str!("../systems/datasette.toml")),
    ("sim", include_str!("../systems/sim.toml")),
    ("sim-people", include_str!("../systems/sim-people.toml")),
];

const HEAD: &str = "kind = \"rest\"\nbase_url = \"https://sis.example.edu/v1\"\n";
const ROOM: &str =
    "[types.room]\nlist = { path = \"/rooms\", items = \"/data\" }\nrecord = { id = \"/id\" }\n";

fn refused(text: &str) -> ConfigError {
    match Config::from_toml(text) {
        Ok(_) => panic!("this was loaded:\n{text}"),
        Err(error) => error,
    }
}

#[test]
fn c50_the_examples_load_as_text_and_as_tables() {
    for (name, text) in EXAMPLES {
        Config::from_toml(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let table: toml::Table = text.parse().expect("TOML");
        RestSystem::open(&table, &secret).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn c13_the_examples_have_the_classes_that_their_servers_earn() {
    let classes: Vec<(Class, Versions)> = EXAMPLES[..4]
        .iter()
        .map(|(_, text)| {
            let system = RestSystem::open_text(text, &secret).expect("an example");
            let name = if text.contains("[types.section]") { "section" } else { "person" };
            let capabilities = system.capabilities(&TypeName::from(name));
            (capabilities.class(), capabilities.versions)
        })
        .collect();
    assert_eq!(
        classes,
        [
            (Class::Strong, Versions::Enforced),
            (Class::Weak, Versions::None),
            (Class::Weak, Versions::None),
            (Class::Strong, Versions::Enforced),
        ]
    );
}

#[test]
fn c50_an_error_names_key_line_and_allowed_values() {
    let text = format!("{HEAD}redirect = \"none\"\n{ROOM}");
    let error = refused(&text);
    assert_eq!(error.line, Some(3), "{error}");
    assert!(error.key.contains("redirect"), "{error}");
    assert!(
        error.message.contains("unknown field `redirect`") && error.message.contains("`redirects`"),
        "{error}"
    );

    let text = format!("{HEAD}redirects = \"always\"\n{ROOM}");
    let error = refused(&text);
    assert_eq!((error.key.as_str(), error.line), ("redirects", Some(3)), "{error}");
    assert!(error.message.contains("`none`") && error.message.contains("`same_origin`"), "{error}");

    let text = format!("{HEAD}{ROOM}paging = {{ style = \"pages\", end = [\"empty\"] }}\n");
    let error = refused(&text);
    assert_eq!((error.key.as_str(), error.line), ("types.room.paging.style", Some(6)), "{error}");
    assert!(error.message.contains("`keyset`"), "{error}");

    let text =
        format!("{HEAD}{ROOM}update = {{ method = \"PATCH\", path = \"/rooms/{{id}}\", body = '{{}}' }}\n");
    let error = refused(&text);
    assert_eq!((error.key.as_str(), error.line), ("types.room.update", Some(6)), "{error}");
}

/// Each row: keys to add on top, keys to add to the type, the key that is named, a part of the message.
const WRONG: &[(&str, &str, &str, &str)] = &[
    // What is not built is unknown.
    ("proxy = \"http://proxy\"", "", "proxy", "unknown field"),
    ("auth = { kind = \"oauth2_client_credentials\" }", "", "auth", "unknown variant"),
    ("tls = { client_cert = \"a.pem\" }", "", "tls.client_cert", "unknown field"),
    ("", "codec = {}", "types.room.codec", "unknown field"),
    ("", "delta = { style = \"sequence\" }", "types.room.delta", "unknown variant"),
    ("", "delta = { style = \"filter\" }", "types.room.delta", "unknown variant"),
    (
        "",
        "delta = { style = \"cursor\", param = \"s\", from = \"body\", at = \"/c\", page = \"last\", tombstones = \"feed\" }",
        "types.room.delta",
        "unknown variant",
    ),
    // Secrets.
    ("auth = { kind = \"bearer\", token = \"abc\" }", "", "auth", "{ secret = \"name\" }"),
    (
        "auth = { kind = \"basic\", username = \"u\", password = { name = \"x\" } }",
        "",
        "auth",
        "unknown field",
    ),
    ("auth = { kind = \"headers\", headers = {} }", "", "auth.headers", "at least one"),
    // Units and names.
    ("limits = { total = \"5\" }", "", "limits.total", "such as `5s`"),
    ("limits = { page_bytes = \"20MB\" }", "", "limits.page_bytes", "such as `20MiB`"),
    ("limits = { pages = 0 }", "", "limits.pages", "more than zero"),
    ("allowed_networks = [\"here\"]", "", "allowed_networks[0]", "10.0.0.0/8"),
    ("slow_headers = [\"no good\"]", "", "slow_headers[0]", "no header name"),
    ("probe = { type = \"hall\", canary = \"1\" }", "", "probe.type", "not one of the types"),
    // Meanings.
    ("status = { stale = [412], duplicate = [412] }", "", "status", "two meanings"),
    ("status = { ok = [500] }", "", "status", "cannot mean"),
    ("match = [{ status = 500, then = \"ok\" }]", "", "match[0].then", "200 to 299"),
    (
        "match = [{ status = 500, contains = \"a\", regex = \"b\", then = \"stale\" }]",
        "",
        "match[0]",
        "only one of",
    ),
    ("match = [{ then = \"stale\" }]", "", "match[0]", "a condition"),
    ("match = [{ status = 400, regex = \"(\", then = \"stale\" }]", "", "match[0].regex", "no pattern"),
    // Templates.
    ("", "get = { path = \"/rooms/{name}\", record = \"\" }", "types.room.get.path", "unknown name"),
    ("", "get = { path = \"/rooms/{id|iso}\", record = \"\" }", "types.room.get.path", "for `since` only"),
    ("", "get = { path = \"/rooms/{cursor}\", record = \"\" }", "types.room.get.path", "no value here"),
    ("", "get = { path = \"/rooms/{id}\", record = \"data\" }", "types.room.get.record", "no pointer"),
    ("", "find = { path = \"/rooms\", items = \"/data\" }", "types.room.find.params", "find everything"),
    (
        "",
        "create = { method = \"POST\", path = \"/rooms\", body = '{\"a\":\"{{secret}}\"}', reply = { shape = \"location\" } }",
        "types.room.create.body",
        "unknown name",
    ),
    (
        "",
        "create = { method = \"POST\", path = \"/rooms\", body = '{' }",
        "types.room.create.body",
        "no JSON",
    ),
    (
        "",
        "create = { method = \"POST\", path = \"/rooms\", body = '{\"$loop\":1}' }",
        "types.room.create.body",
        "`$merge`, `$each`, `$if`",
    ),
    // Paging.
    (
        "",
        "paging = { style = \"page\", first = 1, end = [\"empty\"] }",
        "types.room.paging",
        "in no parameter",
    ),
    (
        "",
        "paging = { style = \"page\", first = 1, param = \"p\", end = [] }",
        "types.room.paging.end",
        "at least one rule",
    ),
    (
        "",
        "paging = { style = \"page\", first = 1, param = \"p\", end = [\"no_next\"] }",
        "types.room.paging.end",
        "links or tokens",
    ),
    (
        "",
        "paging = { style = \"page\", first = 1, param = \"p\", end = [\"total\"] }",
        "types.room.paging.end",
        "`list.total`",
    ),
    (
        "",
        "paging = { style = \"offset\", first = 0, param = \"p\", end = [\"short_page\"] }",
        "types.room.paging.end",
        "cap pages silently",
    ),
    ("", "paging = { style = \"none\", first = 1 }", "types.room.paging", "unknown field"),
    // Writes.
    ("", "delete = { method = \"DELETE\", path = \"/rooms/{id}\" }", "types.room.delete", "`get` or `find`"),
    (
        "",
        "get = { path = \"/rooms/{id}\", record = \"\" }\ndelete = { method = \"DELETE\", path = \"/rooms/{id}\", optimistic = \"if_match_header\" }",
        "types.room.delete.optimistic",
        "record.version",
    ),
    (
        "",
        "get = { path = \"/rooms/{id}\", record = \"\" }\nupdate = { method = \"PUT\", path = \"/rooms/{id}\" }",
        "types.room.update.body",
        "a body is needed",
    ),
    (
        "",
        "get = { path = \"/rooms/{id}\", record = \"\" }\nupdate = { method = \"PUT\", path = \"/rooms/{id}\", body = '\"{{fields}}\"', body_mode = \"changed\", clear = \"omit\" }",
        "types.room.update.clear",
        "`null`, `empty_string`",
    ),
    (
        "",
        "create = { method = \"POST\", path = \"/rooms\", body = '\"{{fields}}\"', create_only = \"*\", reply = { shape = \"location\" } }",
        "types.room.create.create_only",
        "{new_id}",
    ),
    (
        "",
        "create = { method = \"POST\", path = \"/rooms\", body = '\"{{fields}}\"', optimistic = \"compare_then_write\", reply = { shape = \"location\" } }",
        "types.room.create.optimistic",
        "a create takes",
    ),
    (
        "",
        "create = { method = \"POST\", path = \"/rooms\", body = '\"{{fields}}\"' }",
        "types.room.create.reply",
        "`find`",
    ),
    ("", "fields = { name = \"string\" }", "types.room.fields.name", "`decimal(scale)`"),
];

#[test]
fn c50_what_does_not_fit_together_is_refused_with_its_key() {
    for (top, of_type, key, part) in WRONG {
        let text = format!("{HEAD}{top}\n{ROOM}{of_type}\n");
        let error = refused(&text);
        assert!(error.key.starts_with(key) || error.key == *key, "{text}\nnamed {:?}: {error}", error.key);
        assert!(error.message.contains(part), "{text}\n{error}");
        assert!(error.line.is_some(), "{text}\nhas no line: {error}");
        let table: toml::Table = text.parse().expect("TOML");
        let error = Config::from_table(&table).expect_err("the same, as a table");
        assert!(error.message.contains(part), "as a table: {error}");
    }
}

#[test]
fn c47_plain_http_and_odd_base_urls_are_refused() {
    for (base, part) in [
        ("http://sis.example.edu", "allow_http"),
        ("ftp://sis.example.edu", "`https`, `http`"),
        ("https://user:pw@sis.example.edu", "`auth`"),
        ("https://sis.example.edu/?a=b", "params"),
        ("sis.example.edu", "no URL"),
    ] {
        let error = refused(&format!("base_url = \"{base}\"\n{ROOM}"));
        assert_eq!(error.key, "base_url");
        assert!(error.message.contains(part), "{base}: {error}");
    }
}

#[test]
fn c26_a_secret_that_is_not_there_is_named() {
    let text = format!("{HEAD}auth = {{ kind = \"bearer\", token = {{ secret = \"unknown\" }} }}\n{ROOM}");
    let error = RestSystem::open_text(&text, &secret).err().expect("refused");
    assert_eq!(error.key, "auth.token");
    assert!(error.message.contains("`unknown`"), "{error}");
}
