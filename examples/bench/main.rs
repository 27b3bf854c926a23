//! Benchmarks of the service as a whole. `scripts/bench` builds and runs it.

mod ceiling;

use anyhow::{Context, Result};

#[actix_web::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().context("an address")?;
    let secret = std::env::var("ZOOM_WEBHOOK_SECRET").context("ZOOM_WEBHOOK_SECRET")?;
    ceiling::serve(&address, &secret).await
}
