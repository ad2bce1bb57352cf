import Testing

/// The product from outside: the binary that this build made, real sites on loopback, real clients. One stack at a time, because each of
/// them takes what the machine has.
@Suite(.serialized) struct Acceptance {}
