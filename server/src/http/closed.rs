//! Doors through which nobody comes.

use std::sync::Arc;

use app::api::Actor;
use app::door::{Door, Flash};
use async_trait::async_trait;
use axum::http::request::Parts;

use super::{Doors, Unreadable};

/// Nobody is signed in, and nothing is kept between two requests.
#[derive(Clone, Copy, Debug)]
pub struct Closed;

#[async_trait]
impl Doors for Closed {
    async fn open(&self, _: &Parts) -> Result<(Option<Actor>, Arc<dyn Door>), Unreadable> {
        Ok((None, Arc::new(Self)))
    }
}

#[async_trait]
impl Door for Closed {
    async fn flash(&self) -> Option<Flash> {
        None
    }

    async fn say(&self, _: Flash) {}
}
