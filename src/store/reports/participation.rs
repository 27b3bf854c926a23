//! What marks come to: how many of each a student has in a class, counted by the database.
//!
//! A lesson counts where there is a mark, set by hand or computed, final or not. Lessons without a mark, such as those before
//! an enrolment, do not. Marks of another hand's words (`excused`) are counted apart.

use super::{
    Class, Error, Marks, Page, Position, Reports, Student, Window, attendance::filter, lookup,
    page::id as id_part,
};
use crate::store::entity::attendance_record::{Column, Entity};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
    prelude::{Expr, Uuid},
};

/// The marks of a student in a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participation {
    /// Who.
    pub student: Student,
    /// Of which class.
    pub class: Class,
    /// Lessons marked present.
    pub present: u32,
    /// Lessons marked partial.
    pub partial: u32,
    /// Lessons marked absent.
    pub absent: u32,
    /// Lessons with another hand's word.
    pub other: u32,
    /// Of all these, marks that are not computed.
    pub manual: u32,
}

impl Participation {
    /// Lessons that the score is a share of.
    pub fn lessons(&self) -> u32 {
        self.present + self.partial + self.absent
    }

    /// From 0 to 1: a present lesson counts 1, a partial one `partial_weight`, an absent one 0; none without such lessons.
    /// Rounded to four digits.
    pub fn score(&self, partial_weight: f64) -> Option<f64> {
        let lessons = self.lessons();
        let reached = f64::from(self.present) + f64::from(self.partial) * partial_weight;
        (lessons > 0).then(|| (reached / f64::from(lessons) * 10_000.0).round() / 10_000.0)
    }
}

#[derive(FromQueryResult)]
struct Row {
    class_id: Uuid,
    student_id: Uuid,
    marks: i64,
    present: i64,
    partial: i64,
    absent: i64,
    manual: i64,
}

impl Reports {
    /// What the marks that `which` names come to, in order of class and student.
    pub async fn participation(
        &self,
        which: Marks,
        window: Window,
    ) -> Result<Page<Participation>, Error> {
        self.run(move |db| async move {
            let mut wanted = filter(&db, &which).await?;
            if let Some(after) = &window.after {
                wanted = wanted.add(beyond(after)?);
            }
            let rows = Entity::find()
                .select_only()
                .columns([Column::ClassId, Column::StudentId])
                .column_as(Column::Id.count(), "marks")
                .column_as(those(Column::Status, "present"), "present")
                .column_as(those(Column::Status, "partial"), "partial")
                .column_as(those(Column::Status, "absent"), "absent")
                .column_as(those(Column::Source, "manual"), "manual")
                .filter(wanted)
                .group_by(Column::ClassId)
                .group_by(Column::StudentId)
                .order_by_asc(Column::ClassId)
                .order_by_asc(Column::StudentId)
                .limit(window.limit + 1)
                .into_model::<Row>()
                .all(&db)
                .await?;
            let page = Page::cut(rows, window.limit, position);
            let students = page.items.iter().map(|row| row.student_id).collect();
            let students = lookup::students(&db, students).await?;
            let classes = page.items.iter().map(|row| row.class_id).collect();
            let classes = lookup::class_names(&db, classes).await?;
            Ok(page.map(|row| Participation {
                student: lookup::named(&students, row.student_id),
                class: lookup::named(&classes, row.class_id),
                present: whole(row.present),
                partial: whole(row.partial),
                absent: whole(row.absent),
                other: whole(row.marks - row.present - row.partial - row.absent),
                manual: whole(row.manual),
            }))
        })
        .await
    }
}

/// How many rows have `word` there.
fn those(column: Column, word: &str) -> Expr {
    Expr::expr(Expr::case(column.eq(word), 1)).count()
}

fn whole(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn position(row: &Row) -> Position {
    Position(vec![row.class_id.to_string(), row.student_id.to_string()])
}

/// Behind `after` in the order of the list.
fn beyond(after: &Position) -> Result<Condition, Error> {
    let [class, student] = after.parts()?;
    let (class, student) = (id_part(class)?, id_part(student)?);
    let same_class = Condition::all()
        .add(Column::ClassId.eq(class))
        .add(Column::StudentId.gt(student));
    Ok(Condition::any()
        .add(Column::ClassId.gt(class))
        .add(same_class))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(present: u32, partial: u32, absent: u32, other: u32) -> Participation {
        Participation {
            student: Student {
                id: Uuid::nil(),
                sourced_id: None,
                email: None,
                full_name: "Ana".into(),
            },
            class: Class {
                id: Uuid::nil(),
                sourced_id: None,
                name: "Maths".into(),
            },
            present,
            partial,
            absent,
            other,
            manual: 0,
        }
    }

    #[test]
    fn a_score_is_the_weighted_share_of_the_lessons_with_a_mark() {
        for (present, partial, absent, other, weight, score) in [
            (0, 0, 0, 0, 0.5, None),
            (0, 0, 0, 3, 0.5, None),
            (4, 0, 0, 0, 0.5, Some(1.0)),
            (0, 0, 4, 0, 0.5, Some(0.0)),
            // 6 + 3 * 0.5 of 10.
            (6, 3, 1, 0, 0.5, Some(0.75)),
            // The excused lesson is none of the ten.
            (6, 3, 1, 1, 0.5, Some(0.75)),
            (6, 3, 1, 0, 0.0, Some(0.6)),
            (6, 3, 1, 0, 1.0, Some(0.9)),
            (2, 0, 1, 0, 0.5, Some(0.6667)),
            (0, 1, 0, 0, 0.25, Some(0.25)),
        ] {
            let own = marks(present, partial, absent, other);
            assert_eq!(own.score(weight), score, "{own:?} {weight}");
        }
    }
}
