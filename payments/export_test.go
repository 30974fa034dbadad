package payments

// CallTime is for the tests that bound a visitor's wait.
const CallTime = callTime
