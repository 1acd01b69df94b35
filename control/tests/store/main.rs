//! A store and its cell, over the restarts of their process.

mod baseline;
mod damage;
mod faults;
mod folder;
mod history;
mod host;
mod probation;
mod process;
