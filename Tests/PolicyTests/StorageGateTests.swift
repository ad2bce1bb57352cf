import Policy
import Testing

@Suite struct `Storage gate` {
    private static func decide(
        _ operation: String, source: String? = nil, exists: Bool = false, destination: String
    ) -> GateResult<StorageGate.Permit> {
        GateRegistry().evaluate(
            StorageGate(), .init(operation, source: source, sourceExists: exists, destination: destination))
    }

    @Test(arguments: ["put", "move", "copy", "delete", "rename"])
    func `lets its operations pass with checked paths`(operation: String) throws {
        let permit = try Self.decide(operation, source: "a/b", exists: true, destination: "c/u\u{308}/").get()
        #expect(permit.operation.rawValue == operation)
        #expect(permit.destination.description == "c/ü")
        #expect(permit.source?.description == (operation == "put" || operation == "delete" ? nil : "a/b"))
    }

    @Test(
        arguments: [
            ("chmod", nil, false, "a", "E_STORAGE_PUT"), ("", nil, false, "a", "E_STORAGE_PUT"), ("PUT", nil, false, "a", "E_STORAGE_PUT"),
            ("put", nil, false, "../a", "E_TRAVERSAL"), ("put", nil, false, "/a", "E_TRAVERSAL"),
            ("put", nil, false, "a/../b", "E_TRAVERSAL"),
            ("delete", nil, false, "..", "E_TRAVERSAL"), ("put", nil, false, "nul", "E_PORTABILITY"),
            ("delete", nil, false, "", "E_OVERWRITE_ROOT"), ("put", nil, false, "./", "E_OVERWRITE_ROOT"),
            ("move", nil, true, "a", "E_STORAGE_MOVE"), ("move", "x", false, "a", "E_STORAGE_MOVE"),
            ("copy", "x", false, "a", "E_STORAGE_MOVE"), ("rename", "x", false, "a", "E_STORAGE_MOVE"),
            ("move", "../x", true, "a", "E_TRAVERSAL"), ("copy", "/etc/passwd", true, "a", "E_TRAVERSAL"),
        ] as [(String, String?, Bool, String, String)])
    func `refuses what is not allowed`(operation: String, source: String?, exists: Bool, destination: String, expected: String) {
        #expect(
            Self.decide(operation, source: source, exists: exists, destination: destination).rejection?.code.description == expected)
    }
}
