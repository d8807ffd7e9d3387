//! Everything that exists in the outside world, in one place behind one lock.

use crate::{
    SandboxError,
    inbox::Message,
    journal::{Journal, Table},
    railway::model::RailwayProject,
    site::users::SimulatedUser,
    vercel::model::{Deployment, Project},
};

pub(crate) struct World {
    pub journal: Journal,
    /// Vercel projects with their environment and domains, by id.
    pub projects: Table<Project>,
    /// Vercel deployments by id.
    pub deployments: Table<Deployment>,
    /// Railway projects by id; deleted ones stay, marked, until their database is gone.
    pub railway: Table<RailwayProject>,
    /// E-mail address of the first admin, by the name of the database that holds the user.
    pub admins: Table<String>,
    /// Users of sites whose database is simulated, by database name.
    pub users: Table<Vec<SimulatedUser>>,
    /// What was sent to people, by sequence number.
    pub inbox: Table<Message>,
}

impl World {
    pub fn open(journal: Journal) -> Result<World, SandboxError> {
        Ok(World {
            projects: Table::open("project", &journal)?,
            deployments: Table::open("deployment", &journal)?,
            railway: Table::open("railway", &journal)?,
            admins: Table::open("admin", &journal)?,
            users: Table::open("user", &journal)?,
            inbox: Table::open("message", &journal)?,
            journal,
        })
    }

    pub fn put_project(&mut self, project: Project) -> Result<(), SandboxError> {
        let id = project.id.clone();
        self.projects.put(&self.journal, &id, project)
    }

    pub fn put_deployment(&mut self, deployment: Deployment) -> Result<(), SandboxError> {
        let id = deployment.id.clone();
        self.deployments.put(&self.journal, &id, deployment)
    }

    pub fn put_railway(&mut self, project: RailwayProject) -> Result<(), SandboxError> {
        let id = project.id.clone();
        self.railway.put(&self.journal, &id, project)
    }

    /// The first admin of a database, told once.
    pub fn put_admin(&mut self, database: &str, email: &str) -> Result<(), SandboxError> {
        if self.admins.get(database).is_some() {
            return Ok(());
        }
        self.admins.put(&self.journal, database, email.to_owned())
    }

    pub fn put_users(&mut self, database: &str, users: Vec<SimulatedUser>) -> Result<(), SandboxError> {
        self.users.put(&self.journal, database, users)
    }

    /// Forgets what stood in a database that is gone.
    pub fn forget_database(&mut self, database: &str) -> Result<(), SandboxError> {
        self.admins.remove(&self.journal, database)?;
        self.users.remove(&self.journal, database)
    }
}
