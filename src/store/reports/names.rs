//! Names for ids that come from elsewhere than a report.

use super::{Class, Error, Reports, Student, lookup};
use sea_orm::prelude::Uuid;
use std::collections::{BTreeSet, HashMap};

/// Students and classes by id.
#[derive(Clone, Debug, Default)]
pub struct Names {
    students: HashMap<Uuid, Student>,
    classes: HashMap<Uuid, Class>,
}

impl Names {
    /// The student; by id alone where there is none.
    pub fn student(&self, id: Uuid) -> Student {
        lookup::named(&self.students, id)
    }

    /// The class; by id alone where there is none.
    pub fn class(&self, id: Uuid) -> Class {
        lookup::named(&self.classes, id)
    }
}

impl Reports {
    /// The names of these students and classes.
    pub async fn names(
        &self,
        students: BTreeSet<Uuid>,
        classes: BTreeSet<Uuid>,
    ) -> Result<Names, Error> {
        self.run(move |db| async move {
            Ok(Names {
                students: lookup::students(&db, students).await?,
                classes: lookup::class_names(&db, classes).await?,
            })
        })
        .await
    }
}
