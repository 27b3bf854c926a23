//! The students of classes by name, to suggest some of them for somebody unmatched.

use super::super::{
    Error, Student, lookup,
    similar::{Folded, suggest},
};
use crate::store::entity::class_student::{self as enrolment, Column};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    prelude::{TimeDate, Uuid},
};
use std::collections::{BTreeSet, HashMap};

/// Who is enrolled in some classes.
pub(super) struct Pupils(HashMap<Uuid, Vec<(Folded, Pupil)>>);

struct Pupil {
    student: Student,
    begin: Option<TimeDate>,
    end: Option<TimeDate>,
}

impl Pupils {
    pub(super) async fn of(
        db: &impl ConnectionTrait,
        classes: BTreeSet<Uuid>,
    ) -> Result<Self, Error> {
        let enrolments = enrolment::Entity::find()
            .filter(Column::ClassId.is_in(classes))
            .order_by_asc(Column::StudentId)
            .all(db)
            .await?;
        let students = enrolments.iter().map(|row| row.student_id).collect();
        let students = lookup::students(db, students).await?;
        let mut pupils: HashMap<Uuid, Vec<_>> = HashMap::new();
        for row in enrolments {
            if let Some(student) = students.get(&row.student_id).cloned() {
                let name = Folded::of(&student.full_name);
                let pupil = Pupil {
                    student,
                    begin: row.begin_date,
                    end: row.end_date,
                };
                pupils.entry(row.class_id).or_default().push((name, pupil));
            }
        }
        Ok(Self(pupils))
    }

    /// Those enrolled in `class` on `date` whose names are like `name`, the most alike first.
    pub(super) fn like(&self, name: &str, class: Uuid, date: TimeDate) -> Vec<Student> {
        let pupils = self.0.get(&class).map_or(&[][..], Vec::as_slice);
        let covers = |pupil: &&Pupil| {
            pupil.begin.is_none_or(|begin| begin <= date) && pupil.end.is_none_or(|end| date <= end)
        };
        let alike = suggest(name, pupils).into_iter().filter(covers);
        alike.map(|pupil| pupil.student.clone()).collect()
    }
}
