// A class of a few, its service, and Zoom's side of one lesson that began 30 minutes ago.
import { createHmac } from "node:crypto";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const SECRET = "a secret of the walk";
const NUMBER = "85512340977";
const UUID = "k8/Tz1+WQ6q//vR3sYpHdA==";
const START = Math.floor(Date.now() / 1000) - 30 * 60;

export const HOSTILE = "<script>alert(1)</script>";
export const STUDENTS = ["Ana Cruz", "Ben Tan", HOSTILE, "\u202Eevil 👩‍🎓 " + "n".repeat(480), "=cmd()"];

const port = () =>
  new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

const iso = (seconds) => new Date(seconds * 1000).toISOString().replace(".000", "");

export async function open() {
  const folder = mkdtempSync(join(tmpdir(), "walk-"));
  const binary = resolve(process.env.ROLLCALL_BINARY);
  const [http, admin] = [await port(), await port()];
  const env = {
    PATH: process.env.PATH,
    ZOOM_WEBHOOK_SECRET: SECRET,
    DATABASE_URL: `sqlite://${folder}/rollcall.db?mode=rwc`,
    ROLLCALL__HTTP__ADDR: `127.0.0.1:${http}`,
    ROLLCALL__ADMIN__ADDR: `127.0.0.1:${admin}`,
    ROLLCALL__ATTENDANCE__DEFAULT_TIMEZONE: "Asia/Manila",
  };
  const run = (...args) => execFileSync(binary, args, { cwd: folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  write(join(folder, "roster"));
  run("import", "roster");
  const token = run("tokens", "create", "tess", "--role", "admin").trim();
  const service = spawn(binary, ["serve"], { cwd: folder, env, stdio: "ignore" });
  const url = `http://127.0.0.1:${admin}`;
  await until(async () => (await fetch(`${url}/readyz`)).ok);
  const send = (event, object) => deliver(`http://127.0.0.1:${http}/api/zoom/webhook`, event, object);
  return {
    url,
    token,
    sql: (text) => sql(folder, text),
    term: () => term(folder),
    start: () => send("meeting.started", {}),
    end: () => send("meeting.ended", { end_time: iso(START + 29 * 60) }),
    joined: (person, minute) => send("meeting.participant_joined", { participant: { ...who(person), join_time: iso(START + minute * 60) } }),
    left: (person, minute) => send("meeting.participant_left", { participant: { ...who(person), leave_time: iso(START + minute * 60), leave_reason: "left the meeting" } }),
    close: async () => {
      service.kill("SIGTERM");
      await new Promise((done) => service.once("exit", done));
      rmSync(folder, { recursive: true });
    },
  };
}

function sql(folder, text) {
  return execFileSync("sqlite3", ["-cmd", ".timeout 5000", `${folder}/rollcall.db`, text], { encoding: "utf8" }).trim();
}

// Marks of four weeks before: what a class looks like after a while.
function term(folder) {
  const days = [3, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26];
  const word = (student, day) => ["present", "present", "partial", "present", "absent"][(student * 3 + day) % 5];
  const rows = days.flatMap((day) => STUDENTS.map((_, student) => `(${student}, ${day}, '${word(student, day)}')`));
  sql(folder, `WITH given(student, days, status) AS (VALUES ${rows.join(",")})
    INSERT INTO attendance_records (id, student_id, class_id, date, status, seconds, source, created_at, updated_at)
    SELECT randomblob(16), users.id, classes.id, date('now', '-' || days || ' days'), given.status,
      CASE given.status WHEN 'present' THEN 2700 WHEN 'partial' THEN 540 ELSE 0 END, 'zoom', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00'
    FROM given JOIN users ON users.sourced_id = 's' || given.student JOIN classes`);
}

// A person is an index into STUDENTS, or a name that nobody knows.
function who(person) {
  const known = typeof person === "number";
  const place = known ? person : 90 + person.length;
  return {
    user_id: String(16778240 + place),
    user_name: known ? STUDENTS[person] : person,
    participant_user_id: "",
    id: "",
    email: known ? `s${person}@school.example` : "",
    participant_uuid: `00000000-0000-4000-8000-0000000000${String(place).padStart(2, "0")}`,
    public_ip: "203.0.113.7",
  };
}

async function deliver(url, event, object) {
  const whole = { id: NUMBER, uuid: UUID, topic: "Year 7 Maths", type: 8, host_id: "h", duration: 50, start_time: iso(START), timezone: "Asia/Manila", ...object };
  const body = JSON.stringify({ event, event_ts: Date.now(), payload: { account_id: "a", object: whole } });
  const at = Math.floor(Date.now() / 1000);
  const signature = "v0=" + createHmac("sha256", SECRET).update(`v0:${at}:${body}`).digest("hex");
  const headers = { "content-type": "application/json", "x-zm-request-timestamp": String(at), "x-zm-signature": signature };
  const answer = await fetch(url, { method: "POST", body, headers });
  if (!answer.ok) throw new Error(`${event}: ${answer.status}`);
}

function write(folder) {
  mkdirSync(folder);
  const cell = (text) => `"${String(text).replaceAll('"', '""')}"`;
  const table = (name, rows) => writeFileSync(join(folder, name), rows.map((row) => row.map(cell).join(",")).join("\n") + "\n");
  const students = STUDENTS.map((name, at) => [`s${at}`, "active", "true", name, "", "student", `s${at}@school.example`]);
  table("users.csv", [["sourcedId", "status", "enabledUser", "givenName", "familyName", "role", "email"], ["t", "active", "true", "Tess", "Lim", "teacher", "tess@school.example"], ...students]);
  table("classes.csv", [["sourcedId", "status", "title", "classType", "schoolSourcedId"], ["c", "active", "Year 7 Maths, Set 2", "scheduled", "school"]]);
  const enrolled = STUDENTS.map((_, at) => [`e${at}`, "active", "c", `s${at}`, "student", "", "", ""]);
  table("enrollments.csv", [["sourcedId", "status", "classSourcedId", "userSourcedId", "role", "primary", "beginDate", "endDate"], ["et", "active", "c", "t", "teacher", "true", "", ""], ...enrolled]);
  table("meetings.csv", [["zoom_meeting_id", "title", "class_sourced_id", "timezone"], [NUMBER, "Year 7 Maths", "c", "Asia/Manila"]]);
}

// Tries for 20 seconds.
export async function until(done) {
  const deadline = Date.now() + 20_000;
  for (;;) {
    if (await done().catch(() => false)) return;
    if (Date.now() > deadline) throw new Error(`never came true: ${done}`);
    await new Promise((later) => setTimeout(later, 100));
  }
}
