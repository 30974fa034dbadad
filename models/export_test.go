package models

// OrderWords is for the benchmark that stores many orders at once.
var OrderWords = orderWords
