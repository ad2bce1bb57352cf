/// What to make of the checksums of a model folder.
package enum ModelVerification: Sendable, Hashable {
    /// Only the files of all-MiniLM-L6-v2 that this release was tested with.
    case pinned
    /// Any model of the same shape; its checksums become part of its identity.
    case recorded
}
