mod studies;
mod terminal;
