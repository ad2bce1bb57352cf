import Domain
import Fetch
import FoundationEssentials
import ObjectStorage
import Policy
import Primitives
import TestSupport
import Testing

/// What can go wrong with a service: on the real server where it can be brought about there, on a stand-in where it cannot.
@Suite struct `Objects in a bucket` {
    private func withStore<Result>(_ location: S3Location, _ body: (S3ObjectStore) async throws -> Result) async throws -> Result {
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        return try await body(S3ObjectStore(location, fetcher: fetcher, gates: GateRegistry(), sleep: { _ in }))
    }

    private func fault(_ location: S3Location, _ work: (S3ObjectStore) async throws -> Void) async throws -> Fault? {
        try await withStore(location) { store in await #expect(throws: Fault.self) { try await work(store) } }
    }

    // MARK: The real server

    @Test func `a bucket that is missing is told by every operation`() async throws {
        let location = try await TestObjectStorage.shared().location(bucket: "portolan-missing")
        #expect(try await fault(location) { _ = try await $0.putBytes([1], at: "a") }?.code == "E_STORAGE_BUCKET")
        #expect(try await fault(location) { _ = try await $0.stat("a") }?.code == "E_STORAGE_BUCKET")
        #expect(try await fault(location) { _ = try await $0.list(prefix: "") }?.code == "E_STORAGE_BUCKET")
        #expect(try await fault(location) { _ = try await $0.latestVersion(of: "a") }?.code == "E_STORAGE_BUCKET")
    }

    @Test func `a wrong secret and a key without rights are refused with the settings to check`() async throws {
        let server = try await TestObjectStorage.shared()
        let wrong = try server.location(secretKey: "wrong")
        let other = try server.location(accessKey: server.otherAccessKey, secretKey: server.otherSecretKey)
        for location in [wrong, other] {
            let fault = try await fault(location) { _ = try await $0.list(prefix: "") }
            #expect(fault?.code == "E_STORAGE_DENIED")
            #expect(fault?.isTransient == false)
            #expect(fault?.hint?.contains("PORTOLAN_S3_SECRET_KEY") == true)
        }
        // An answer without a body is understood too.
        #expect(try await self.fault(wrong) { _ = try await $0.stat("a") }?.code == "E_STORAGE_DENIED")
    }

    @Test func `a long list is read page by page`() async throws {
        let location = try await TestObjectStorage.shared().location()
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        let store = S3ObjectStore(location, fetcher: fetcher, gates: GateRegistry(), pageSize: 3)
        let keys = ["a b", "k+1", "k/1", "k/2", "k/3", "k/4", "ä"]
        for key in keys { _ = try await store.putBytes([], at: key) }
        #expect(try await store.list(prefix: "").map(\.key).sorted() == keys.sorted())
        #expect(try await store.list(prefix: "k/").map(\.key) == ["k/1", "k/2", "k/3", "k/4"])
    }

    // MARK: A stand-in

    /// Runs `body` with a store whose service answers with `answers` in turn, the last one for the rest.
    private func withService<Result>(
        _ answers: [HTTPServerResponse], _ body: (S3ObjectStore, LoopbackHTTPServer) async throws -> Result
    ) async throws -> Result {
        let next = Locked(0)
        return try await LoopbackHTTPServer.withServer(handler: { _ in
            answers[
                min(
                    next.withLock {
                        $0 += 1
                        return $0 - 1
                    }, answers.count - 1)]
        }) { server in
            let location = S3Location(
                endpoint: try SiteURL(server.url), region: "eu-central-1", addressing: .path, bucket: "bucket", prefix: "",
                accessKey: Redacted("AKID"), secretKey: Redacted("secret"))
            return try await withStore(location) { try await body($0, server) }
        }
    }

    private static let slowDown = HTTPServerResponse.bytes(
        Array("<Error><Code>SlowDown</Code><Message>wait</Message></Error>".utf8), status: 503)
    private static let empty = HTTPServerResponse.bytes(
        Array("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>".utf8))

    @Test func `what may pass is tried again`() async throws {
        try await withService([Self.slowDown, .status(500), .status(502), Self.empty]) { store, server in
            let objects = try await store.list(prefix: "")
            #expect(objects.isEmpty)
            #expect(server.requests.count == 4)
        }
    }

    @Test func `five attempts are enough`() async throws {
        try await withService([Self.slowDown]) { store, server in
            let fault = await #expect(throws: Fault.self) { _ = try await store.list(prefix: "") }
            #expect(fault?.code == "E_STORAGE")
            #expect(fault?.isTransient == true)
            #expect(fault?.message.contains("SlowDown") == true)
            #expect(server.requests.count == 5)
        }
    }

    @Test func `what will not pass is not tried again`() async throws {
        let moved = HTTPServerResponse.bytes(Array("<Error><Code>PermanentRedirect</Code></Error>".utf8), status: 301)
        try await withService([moved]) { store, server in
            let fault = await #expect(throws: Fault.self) { _ = try await store.list(prefix: "") }
            #expect(fault?.code == "E_STORAGE_REGION")
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a status of success with an error in it is a failure`() async throws {
        let late = HTTPServerResponse.bytes(Array("<Error><Code>AccessDenied</Code></Error>".utf8))
        try await withService([late]) { store, _ in
            let fault = await #expect(throws: Fault.self) { try await store.delete(["a"]) }
            #expect(fault?.code == "E_STORAGE")
            #expect(fault?.message.contains("AccessDenied") == true)
        }
    }

    @Test func `the secret is in no request, and no redirect is followed`() async throws {
        try await withService([.status(307, headers: [("Location", "http://169.254.169.254/")])]) { store, server in
            await #expect(throws: Fault.self) { _ = try await store.list(prefix: "") }
            #expect(server.requests.count == 1)
            let sent = server.requests.first.map { "\($0)" } ?? ""
            #expect(sent.contains("AKID"))
            #expect(!sent.contains("secret"))
        }
    }

    // MARK: Addresses

    @Test(arguments: ["http://169.254.169.254", "http://[fe80::1]", "http://0.0.0.0"])
    func `the service cannot be an address of metadata or of nobody`(endpoint: String) async throws {
        let location = S3Location(
            endpoint: try SiteURL(endpoint), region: "eu-central-1", addressing: .path, bucket: "bucket", prefix: "",
            accessKey: Redacted("AKID"), secretKey: Redacted("secret"))
        #expect(try await fault(location) { _ = try await $0.list(prefix: "") }?.code == "E_PRIVATE_NET")
    }

    @Test func `what lets the store reach its service lets nobody else`() async throws {
        let server = try await TestObjectStorage.shared()
        let gates = GateRegistry()
        #expect(gates.evaluate(URLGate(URLPolicy()), server.endpoint + "/").rejection?.code == .privateNetwork)
    }

    @Test(arguments: [
        ("s3://bucket", "bucket", ""), ("s3://bucket/", "bucket", ""), ("s3://my.bucket-1/a/b/", "my.bucket-1", "a/b"),
        ("s3://123/x", "123", "x"),
    ])
    func `an address names bucket and prefix`(address: String, bucket: String, prefix: String) {
        let parts = S3Location.parts(address)
        #expect(parts?.bucket == bucket)
        #expect(parts?.prefix == prefix)
    }

    @Test(arguments: [
        "s3:/bucket", "s3://", "s3://ab", "s3://Bucket", "s3://bucket/../x", "s3://bucket//x", "s3://-bucket", "s3://bu..cket",
        "s3://bucket?x", "file:///a", "s3://user@bucket/x",
    ])
    func `other addresses are refused`(address: String) {
        #expect(S3Location.parts(address) == nil)
    }
}
