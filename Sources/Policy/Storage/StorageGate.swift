/// Decides whether the store may carry out an operation that changes files.
package struct StorageGate: Gate {
    /// What changes a store.
    package enum Operation: String, Sendable, Hashable, CaseIterable {
        case put, move, copy, delete, rename

        /// Whether it takes something that must be there.
        var needsSource: Bool { self == .move || self == .copy || self == .rename }
    }

    /// An operation as it was asked for.
    package struct Request: Sendable, Hashable {
        package let operation: String
        /// What `move`, `copy` and `rename` take, relative to the root; otherwise `nil`.
        package let source: String?
        /// What is written or deleted, relative to the root.
        package let destination: String
        /// Whether the source is there, as the caller found it.
        package let sourceExists: Bool

        package init(_ operation: String, source: String? = nil, sourceExists: Bool = false, destination: String) {
            self.operation = operation
            self.source = source
            self.destination = destination
            self.sourceExists = sourceExists
        }
    }

    /// An operation that may be carried out, with checked paths.
    package struct Permit: Sendable, Hashable {
        package let operation: Operation
        /// There for `move`, `copy` and `rename`.
        package let source: CheckedPath?
        package let destination: CheckedPath
    }

    package let name = GateName.storage
    package let field: String
    private let paths: FilesystemGate

    /// - Parameters:
    ///   - policy: bounds of the paths.
    ///   - field: the input field that rejections name.
    package init(_ policy: FilesystemPolicy = FilesystemPolicy(), field: String = "destination") {
        self.field = field
        paths = FilesystemGate(policy, field: field)
    }

    package func decide(_ input: Request) -> GateResult<Permit> {
        guard let operation = Operation(rawValue: input.operation) else {
            return reject(
                .storageOperation, "The operation is none that the store knows.",
                limit: Operation.allCases.map(\.rawValue).joined(separator: ", "), ["operation": input.operation])
        }
        if ["", ".", "./"].contains(input.destination) {
            return reject(.overwriteRoot, "The operation would replace or remove the root.", ["operation": input.operation])
        }
        let destination: CheckedPath
        switch paths.decide(Array(input.destination.utf8)) {
        case .accepted(let path): destination = path
        case .rejected(let rejection): return .rejected(rejection)
        }
        guard operation.needsSource else { return .accepted(Permit(operation: operation, source: nil, destination: destination)) }
        guard let source = input.source, input.sourceExists else {
            return reject(.storageSource, "The source is missing.", ["source": input.source ?? ""])
        }
        switch paths.decide(Array(source.utf8)) {
        case .accepted(let path): return .accepted(Permit(operation: operation, source: path, destination: destination))
        case .rejected(let rejection): return .rejected(rejection)
        }
    }

    private func reject(
        _ code: Rejection.Code, _ message: String, limit: String? = nil, _ details: [String: String]
    ) -> GateResult<Permit> {
        .rejected(Rejection(code, message, field: field, limit: limit, details: details))
    }
}
