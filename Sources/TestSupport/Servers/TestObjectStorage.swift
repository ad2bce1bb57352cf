import EmbeddedServices
import FoundationEssentials

/// A real S3 server (moto, which `deploy/setup` installs) on a loopback port, one for a test process. It checks the signature of each
/// request and the rights of its key.
package struct TestObjectStorage: Sendable, Decodable {
    /// Origin, by the name that buckets can stand before.
    package let endpoint: String
    /// A bucket; tests take prefixes of their own in it.
    package let bucket: String
    package let region: String
    /// A key that may do everything.
    package let accessKey: String
    package let secretKey: String
    /// A key without rights.
    package let otherAccessKey: String
    package let otherSecretKey: String

    /// The running server; the first caller starts it, the others wait for it. The kernel ends it with this process.
    package static func shared() async throws -> TestObjectStorage { try await Server.instance.running() }

    private actor Server {
        static let instance = Server()
        private var start: Task<TestObjectStorage, any Error>?
        private var process: ChildProcess?

        func running() async throws -> TestObjectStorage {
            let task = start ?? Task { try await launch() }
            start = task
            return try await task.value
        }

        private func launch() async throws -> TestObjectStorage {
            let folder = try ProcessFolder.shared().path
            let log = "\(folder)/moto.log"
            let file = "\(folder)/moto.json"
            let child = try ChildProcess.start(
                TestPython.path(), arguments: ["-c", script, file], environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"],
                output: .file(log))
            process = child
            try await eventually(within: .seconds(120)) {
                if let status = child.exitStatus {
                    let text = String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
                    throw EmbeddedServicesError(.startFailed, "moto ended with \(status)", detail: text)
                }
                return FileManager.default.fileExists(atPath: file)
            }
            return try JSONDecoder().decode(TestObjectStorage.self, from: FileManager.default.contents(atPath: file) ?? Data())
        }
    }

    /// Serves, makes bucket and keys while nobody is asked for rights, and then asks everybody.
    private static let script = """
        import json, logging, os, sys, threading, time
        os.environ.update(AWS_ACCESS_KEY_ID="setup", AWS_SECRET_ACCESS_KEY="setup", AWS_EC2_METADATA_DISABLED="true")
        os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "1000000"
        import boto3
        from moto import settings
        from moto.server import ThreadedMotoServer
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        region, bucket = "eu-central-1", "portolan-tests"
        def client(name):
            return boto3.client(name, endpoint_url=f"http://127.0.0.1:{port}", region_name=region)
        client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
        iam = client("iam")
        def key(user, effect):
            iam.create_user(UserName=user)
            document = {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": "s3:*", "Resource": "*"}]}
            iam.put_user_policy(UserName=user, PolicyName="policy", PolicyDocument=json.dumps(document))
            return iam.create_access_key(UserName=user)["AccessKey"]
        one, other = key("one", "Allow"), key("other", "Deny")
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
        text = json.dumps({
            "endpoint": f"http://localhost:{port}", "bucket": bucket, "region": region,
            "accessKey": one["AccessKeyId"], "secretKey": one["SecretAccessKey"],
            "otherAccessKey": other["AccessKeyId"], "otherSecretKey": other["SecretAccessKey"],
        })
        with open(sys.argv[1] + ".part", "w") as file: file.write(text)
        os.rename(sys.argv[1] + ".part", sys.argv[1])
        threading.Event().wait()
        """
}
