//! Bytes survive, and what is wrong is told by its line.

use super::*;

fn recorded(received_at: i64, body: &[u8]) -> Recorded {
    Recorded {
        received_at,
        request_id: Some(format!("id-{received_at}")),
        body: Body::Bytes(body.to_vec()),
    }
}

fn written(lines: &[Recorded]) -> Vec<u8> {
    let mut file = Vec::new();
    for line in lines {
        line.write(&mut file).expect("memory takes it");
    }
    file
}

fn read_back(file: &[u8]) -> Result<Vec<Recorded>, String> {
    lines(file, "day.ndjson".to_owned())
        .map(|line| line.map(|(_, recorded)| recorded))
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())
}

#[test]
fn every_byte_survives() {
    let bodies: [&[u8]; 5] = [
        b"{\"event\":\"meeting.started\"}",
        "{ \"name\" : \"Noor 🦊 \\u00e9 \u{2028}\",\r\n\"a\":1}\n".as_bytes(),
        b"",
        b"\"\\\x01\x7f",
        b"{\"event\":\"x\",\"name\":\"\xff\xfe\"}",
    ];
    let all: Vec<Recorded> = (1..)
        .zip(bodies)
        .map(|(at, body)| recorded(at, body))
        .collect();
    let file = written(&all);
    assert_eq!(
        file.iter().filter(|byte| **byte == b'\n').count(),
        5,
        "a line each"
    );
    assert!(read_back(&file) == Ok(all));
}

#[test]
fn a_line_is_as_it_is_documented() {
    let text = recorded(1_791_190_814_102, b"{\"event\":\"a\"}");
    let bytes = recorded(2, b"\xff");
    let nameless = Recorded {
        received_at: 3,
        request_id: None,
        body: Body::Withheld(700),
    };
    assert_eq!(
        String::from_utf8(written(&[text, bytes, nameless])).expect("text"),
        concat!(
            r#"{"received_at":1791190814102,"request_id":"id-1791190814102","body":"{\"event\":\"a\"}"}"#,
            "\n",
            r#"{"received_at":2,"request_id":"id-2","body_hex":"ff"}"#,
            "\n",
            r#"{"received_at":3,"withheld_bytes":700}"#,
            "\n",
        )
    );
}

#[test]
fn deliveries_come_in_order_of_arrival_and_what_cannot_be_sent_is_counted() {
    let mut file = written(&[
        recorded(20, b"{}"),
        recorded(10, b"[]"),
        recorded(30, b"\xff"),
    ]);
    file.extend(
        b"\n  \n{\"received_at\":5,\"body\":\"\"}\r\n{\"received_at\":6,\"withheld_bytes\":9}",
    );
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("day.ndjson");
    std::fs::write(&path, file).expect("written");
    let recording = read(&path).expect("a recording");
    let sent: Vec<_> = recording
        .deliveries
        .iter()
        .map(|sent| (sent.at, sent.body.as_str()))
        .collect();
    assert_eq!(sent, [(5, ""), (10, "[]"), (20, "{}")]);
    assert_eq!(recording.left_out, 2);
    assert_eq!(recording.deliveries[0].request_id.len(), 36, "one was made");
    assert_eq!(recording.deliveries[2].request_id, "id-20");
}

#[test]
fn what_is_wrong_is_told_by_its_line_without_a_word_of_it() {
    let good = "{\"received_at\":1,\"body\":\"Ana\"}\n";
    for (line, what) in [
        (
            "Ana",
            "not an object with a number `received_at` and a text `body`",
        ),
        (
            "{\"received_at\":\"Ana\",\"body\":\"Ana\"}",
            "not an object with a number `received_at` and a text `body`",
        ),
        (
            "{\"body\":\"Ana\"}",
            "not an object with a number `received_at` and a text `body`",
        ),
        (
            "{\"received_at\":-1,\"body\":\"Ana\"}",
            "`received_at` is no time in Unix milliseconds",
        ),
        (
            "{\"received_at\":1}",
            "give one of `body`, `body_hex`, `withheld_bytes`",
        ),
        (
            "{\"received_at\":1,\"body\":\"\",\"body_hex\":\"\"}",
            "give one of `body`, `body_hex`, `withheld_bytes`",
        ),
        (
            "{\"received_at\":1,\"body_hex\":\"Ana\"}",
            "`body_hex` is not hexadecimal",
        ),
        (
            "{\"received_at\":1,\"request_id\":\"Ana\\n\",\"body\":\"\"}",
            "`request_id` cannot be sent in a header",
        ),
        (
            "\u{0}\u{1}",
            "not an object with a number `received_at` and a text `body`",
        ),
    ] {
        let file = format!("{good}{line}\n{good}");
        let found = read_back(file.as_bytes()).map(|_| ());
        assert_eq!(found, Err(format!("day.ndjson:2: {what}")), "{line}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = read(Path::new("nowhere.ndjson"))
        .map(|_| ())
        .expect_err("no file");
    assert_eq!(error.to_string(), "nowhere.ndjson: cannot be read");
}
