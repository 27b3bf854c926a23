//! What holds for any bytes and any roster.

use super::{files, parsed};
use crate::roster::{
    Class, Enrolment, FILES, Meeting, Place, Registrant, Role, Roster, User, parse,
};
use jiff::{Timestamp, civil::Date};
use proptest::{option, prelude::*};

/// Bytes that come close to being a file of a set.
fn near_csv() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "sourcedId",
        "status",
        "role",
        "givenName",
        "familyName",
        "email",
        "title",
        "userSourcedId",
        "classSourcedId",
        "beginDate",
        "zoom_meeting_id",
        "class_sourced_id",
        "timezone",
        "duration",
        "user_sourced_id",
        "zoom_registrant_id",
        "tobedeleted",
        "student",
        "2026-01-12",
        "85512340977",
        "x",
        "\"",
        "\"\"",
        ",",
        ",",
        ",",
        "\n",
        "\r\n",
        "\r",
        "\0",
        "\u{feff}",
        "é",
    ];
    let word = prop_oneof![
        30 => prop::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    prop::collection::vec(word, 0..80).prop_map(|words| words.concat())
}

/// Headers as narrow as possible, in the order of [`FILES`], so that random rows fit them at times.
const HEADERS: [&str; 6] = [
    "userSourcedId,role\n",
    "sourcedId,givenName,familyName\n",
    "sourcedId,title\n",
    "classSourcedId,userSourcedId,role\n",
    "zoom_meeting_id,title,class_sourced_id,timezone\n",
    "zoom_meeting_id,user_sourced_id,zoom_registrant_id\n",
];

/// A value that survives trimming.
fn text() -> impl Strategy<Value = String> {
    "[a-zA-Zé0-9,\"'-]([a-zé0-9 ,\"'\n-]{0,8}[a-zé0-9,\"'-])?"
}

fn id() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9,\"_-]{1,8}"
}

fn day() -> impl Strategy<Value = Date> {
    (2000..2100_i16, 1..=12_i8, 1..=28_i8).prop_map(|(y, m, d)| jiff::civil::date(y, m, d))
}

const NOWHERE: Place = Place { file: "", line: 0 };

fn users() -> impl Strategy<Value = Vec<User>> {
    let role = prop::sample::select(&[Role::Student, Role::Teacher, Role::Admin][..]);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let user = (role, text(), flags);
    prop::collection::vec(user, 0..6).prop_map(|users| {
        users
            .into_iter()
            .enumerate()
            .map(
                |(nth, (role, full_name, (has_email, has_zoom, deleted)))| User {
                    sourced_id: format!("u-{nth}"),
                    role,
                    full_name,
                    email: has_email.then(|| format!("u{nth}@school.example")),
                    zoom_user_id: has_zoom.then(|| format!("z,{nth}")),
                    deleted,
                    at: NOWHERE,
                },
            )
            .collect()
    })
}

fn classes() -> impl Strategy<Value = Vec<Class>> {
    prop::collection::vec((text(), any::<bool>()), 0..4).prop_map(|classes| {
        classes
            .into_iter()
            .enumerate()
            .map(|(nth, (name, deleted))| Class {
                sourced_id: format!("c,{nth}"),
                name,
                deleted,
                at: NOWHERE,
            })
            .collect()
    })
}

fn enrolments() -> impl Strategy<Value = Vec<Enrolment>> {
    let days = (option::of(day()), option::of(day()));
    let enrolment = (id(), id(), any::<bool>(), days, any::<bool>());
    let enrolment = enrolment.prop_map(|(class, user, primary, (begin, end), deleted)| Enrolment {
        class,
        user,
        role: Role::Student,
        primary,
        begin,
        end: end.filter(|&end| begin.is_none_or(|begin| begin <= end)),
        deleted,
        at: NOWHERE,
    });
    prop::collection::vec(enrolment, 0..6)
}

fn meetings() -> impl Strategy<Value = Vec<Meeting>> {
    let start =
        (0..4_000_000_000_i64).prop_map(|second| Timestamp::from_second(second).expect("in range"));
    let zone = prop::sample::select(&["Asia/Manila", "America/New_York", "UTC"][..]);
    let schedule = (
        option::of(start),
        option::of(1..=1440_i64),
        option::of(zone),
    );
    let words = (option::of(text()), option::of(text()), option::of(text()));
    prop::collection::vec((text(), id(), schedule, words), 0..4).prop_map(|meetings| {
        let meeting =
            |(nth, (title, class, (start_time, duration, zone), (kind, audience, url)))| Meeting {
                zoom_meeting_id: format!("{}", 900_000_000 + nth),
                title,
                class,
                host_email: Some(format!("h{nth}@school.example")),
                start_time,
                duration,
                timezone: Option::<&str>::map(zone, str::to_owned),
                meeting_type: kind,
                target_audience: audience,
                join_url: url,
                at: NOWHERE,
            };
        meetings.into_iter().enumerate().map(meeting).collect()
    })
}

fn registrants() -> impl Strategy<Value = Vec<Registrant>> {
    let status = prop::sample::select(&["approved", "pending", "denied", "cancelled"][..]);
    prop::collection::vec((id(), status), 0..4).prop_map(|registrants| {
        let registrant = |(nth, (user, status)): (usize, (String, &str))| Registrant {
            zoom_meeting_id: "85512340977".to_owned(),
            user,
            zoom_registrant_id: format!("r-{nth}"),
            status: Some(status.to_owned()),
            at: NOWHERE,
        };
        registrants
            .into_iter()
            .enumerate()
            .map(registrant)
            .collect()
    })
}

/// Writes one file and tells each row where it came to stand.
fn write<T>(
    file: &'static str,
    header: &[&str],
    rows: &mut [T],
    fields: impl Fn(&T) -> Vec<String>,
    place: impl Fn(&mut T) -> &mut Place,
) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).expect("memory takes it");
    let mut line = 2;
    for row in rows {
        let fields = fields(row);
        writer.write_record(&fields).expect("memory takes it");
        *place(row) = Place { file, line };
        let breaks = fields.concat().matches('\n').count();
        line += 1 + breaks as u64;
    }
    writer.into_inner().expect("memory takes it")
}

fn shown<T: ToString>(value: Option<&T>) -> String {
    value.map(T::to_string).unwrap_or_default()
}

fn status(deleted: bool) -> String {
    if deleted { "tobedeleted" } else { "active" }.to_owned()
}

fn role(role: Role) -> String {
    match role {
        Role::Student => "student",
        Role::Teacher => "teacher",
        Role::Admin => "administrator",
    }
    .to_owned()
}

fn write_meetings(meetings: &mut [Meeting]) -> Vec<u8> {
    write(
        "meetings.csv",
        &[
            "zoom_meeting_id",
            "title",
            "class_sourced_id",
            "host_email",
            "start_time",
            "duration",
            "timezone",
            "meeting_type",
            "target_audience",
            "join_url",
        ],
        meetings,
        |m| {
            let front = [m.zoom_meeting_id.clone(), m.title.clone(), m.class.clone()];
            let back = [
                shown(m.host_email.as_ref()),
                shown(m.start_time.as_ref()),
                shown(m.duration.as_ref()),
                shown(m.timezone.as_ref()),
                shown(m.meeting_type.as_ref()),
                shown(m.target_audience.as_ref()),
                shown(m.join_url.as_ref()),
            ];
            front.into_iter().chain(back).collect()
        },
        |m| &mut m.at,
    )
}

fn write_all(roster: &mut Roster) -> [(&'static str, Vec<u8>); 5] {
    let users = write(
        "users.csv",
        &[
            "sourcedId",
            "status",
            "role",
            "givenName",
            "familyName",
            "email",
            "zoom_user_id",
        ],
        &mut roster.users,
        |u| {
            let name = [u.full_name.clone(), String::new()];
            let keys = [shown(u.email.as_ref()), shown(u.zoom_user_id.as_ref())];
            let front = [u.sourced_id.clone(), status(u.deleted), role(u.role)];
            front.into_iter().chain(name).chain(keys).collect()
        },
        |u| &mut u.at,
    );
    let classes = write(
        "classes.csv",
        &["status", "sourcedId", "title"],
        &mut roster.classes,
        |c| vec![status(c.deleted), c.sourced_id.clone(), c.name.clone()],
        |c| &mut c.at,
    );
    let enrolments = write(
        "enrollments.csv",
        &[
            "classSourcedId",
            "userSourcedId",
            "role",
            "primary",
            "beginDate",
            "endDate",
            "status",
        ],
        &mut roster.enrolments,
        |e| {
            let ends = [
                shown(e.begin.as_ref()),
                shown(e.end.as_ref()),
                status(e.deleted),
            ];
            let front = [
                e.class.clone(),
                e.user.clone(),
                role(e.role),
                e.primary.to_string(),
            ];
            front.into_iter().chain(ends).collect()
        },
        |e| &mut e.at,
    );
    let meetings = write_meetings(&mut roster.meetings);
    let registrants = write(
        "registrants.csv",
        &[
            "zoom_meeting_id",
            "user_sourced_id",
            "zoom_registrant_id",
            "status",
        ],
        &mut roster.registrants,
        |r| {
            let id = r.zoom_registrant_id.clone();
            vec![
                r.zoom_meeting_id.clone(),
                r.user.clone(),
                id,
                shown(r.status.as_ref()),
            ]
        },
        |r| &mut r.at,
    );
    [
        ("users.csv", users),
        ("classes.csv", classes),
        ("enrollments.csv", enrolments),
        ("meetings.csv", meetings),
        ("registrants.csv", registrants),
    ]
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        headed in any::<bool>(),
        near in prop::collection::vec(near_csv(), 6),
        far in prop::collection::vec(any::<u8>(), 0..200),
        which in 0..6_usize,
    ) {
        let headers = HEADERS.map(|header| if headed { header } else { "" }.as_bytes());
        let near: Vec<_> = headers.iter().zip(&near).map(|(header, rows)| [*header, rows].concat()).collect();
        let mut set: Vec<_> = FILES.into_iter().zip(near.iter().map(Vec::as_slice)).collect();
        let _ = parse(&files(&set));
        set[which].1 = &far;
        let _ = parse(&files(&set));
    }

    #[test]
    fn what_is_written_is_read_back(
        users in users(), classes in classes(), enrolments in enrolments(),
        meetings in meetings(), registrants in registrants(),
    ) {
        let mut roster = Roster { users, classes, enrolments, meetings, registrants, left_out: 0 };
        let written = write_all(&mut roster);
        let set: Vec<_> = written.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
        let read = parsed(&files(&set)).expect("a good set");
        prop_assert!(read == roster, "{read:?}\n{roster:?}");
    }
}
