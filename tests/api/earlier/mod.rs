mod belief;
mod matching;
mod search;
