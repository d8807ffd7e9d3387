//! The state machine as callers see it: made from the tables that decide, so that it cannot say anything else.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{ClientEvent, ClientStatus, Command, OperationKind, OperationStatus, Role, Step};

/// States, commands and moves.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StateMachine {
    /// The states of a client, each with what may be asked of it and what may happen to it.
    pub states: Vec<StateView>,
    /// What can be asked, and by whom.
    pub commands: Vec<CommandView>,
    /// The kinds of operations with their steps, in the order in which they run.
    pub operations: Vec<KindView>,
    /// The states of an operation.
    pub operation_states: Vec<OperationStateView>,
}

/// One state of a client.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StateView {
    /// Which.
    pub name: ClientStatus,
    /// What may be asked of a client in it, while no operation holds it.
    pub commands: Vec<Command>,
    /// What may happen to it.
    pub transitions: Vec<TransitionView>,
}

/// One move.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TransitionView {
    /// What happens.
    pub event: ClientEvent,
    /// The state after it.
    pub to: ClientStatus,
}

/// One command.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommandView {
    /// Which.
    pub name: Command,
    /// Who may give it.
    pub roles: Vec<Role>,
    /// In which states of the client it is accepted.
    pub states: Vec<ClientStatus>,
}

/// One kind of operation.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KindView {
    /// Which.
    pub name: OperationKind,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// One state of an operation.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperationStateView {
    /// Which.
    pub name: OperationStatus,
    /// Nothing more happens in it by itself.
    #[serde(rename = "final")]
    pub is_final: bool,
}

impl StateMachine {
    /// As it is.
    #[must_use]
    pub fn new() -> Self {
        Self {
            states: ClientStatus::ALL.into_iter().map(state).collect(),
            commands: Command::ALL.into_iter().map(command).collect(),
            operations: OperationKind::ALL
                .into_iter()
                .map(|name| KindView {
                    name,
                    steps: name.steps(),
                })
                .collect(),
            operation_states: OperationStatus::ALL
                .into_iter()
                .map(|name| OperationStateView {
                    name,
                    is_final: name.is_final(),
                })
                .collect(),
        }
    }
}

impl Default for StateMachine {
    fn default() -> Self {
        Self::new()
    }
}

fn state(name: ClientStatus) -> StateView {
    let moves = ClientEvent::ALL
        .into_iter()
        .filter_map(|event| name.after(event).ok().map(|to| TransitionView { event, to }));
    StateView {
        name,
        commands: Command::ALL
            .into_iter()
            .filter(|command| command.allowed_in(name))
            .collect(),
        transitions: moves.collect(),
    }
}

fn command(name: Command) -> CommandView {
    CommandView {
        name,
        roles: Role::ALL
            .into_iter()
            .filter(|role| name.permission().granted_to(*role))
            .collect(),
        states: ClientStatus::ALL
            .into_iter()
            .filter(|status| name.allowed_in(*status))
            .collect(),
    }
}
