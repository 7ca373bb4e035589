//! Command lines: which argument holds a secret, and which bytes of it.

use nhilint::secrets::engine;

/// The secrets of an argument list, as `number:text`.
fn found(arguments: &[&str]) -> Vec<String> {
    let hits = engine().arguments(arguments, &|name| name == "known-name");
    hits.into_iter().map(|(number, hit)| format!("{number}:{}", &arguments[number][hit.range])).collect()
}

#[test]
fn options_and_pairs() {
    for (arguments, expected) in [
        (&["app", "--db-password=x7-y"][..], "1:x7-y"),
        (&["app", "--db-password", "x7-y", "--verbose"], "2:x7-y"),
        (&["app", "-token", "x7-y"], "2:x7-y"),
        (&["app", "--requirepass x7-y"], "1:x7-y"),
        (&["env", "DB_PASSWORD=x7-y", "app"], "1:x7-y"),
        (&["helm", "--set", "db.user=a,db.password=x7-y"], "2:x7-y"),
        (&["helm", "--set=db.password=x7-y"], "1:x7-y"),
        (&["kubectl", "create", "secret", "--from-literal=password=x7-y"], "3:x7-y"),
        (&["java", "-Ddb.password=x7-y", "-jar"], "1:x7-y"),
        (&["app", "--dsn", "postgres://app:x7-y@db/x"], "2:x7-y"),
        (&["curl", "-u", "admin:x7-y", "http://x"], "2:x7-y"),
        (&["curl", "-H", "X-Api-Key: x7-y1"], "2:x7-y1"),
        (&["curl", "-H", "Authorization: Bearer x7-y1-abc"], "2:x7-y1-abc"),
        (&["app", "--header=X-Api-Key: x7-y1"], "1:x7-y1"),
        (&["app", "--datasource=root:x7-y@tcp(db:3306)/x"], "1:x7-y"),
        (&["/usr/bin/mysql", "-uroot", "-px7-y"], "2:x7-y"),
        (&["redis-cli", "-a", "x7-y", "ping"], "2:x7-y"),
        (&["docker", "login", "-u", "a", "-p", "x7-y"], "5:x7-y"),
        (&["openssl", "enc", "-pass", "pass:x7-y"], "3:x7-y"),
        (&["htpasswd", "-bc", "/f", "admin", "x7-y"], "4:x7-y"),
        (&["mc", "alias", "set", "s3", "http://minio", "admin", "x7-y"], "6:x7-y"),
        (&["aws", "configure", "set", "aws_secret_access_key", "x7-y"], "4:x7-y"),
        (&["kubectl", "create", "secret", "generic", "a", "--from-literal=b=x7-y"], "5:x7-y"),
        (&["ncftpput", "-u", "me", "-p", "x7-y", "ftp.example", "/", "a"], "4:x7-y"),
        (&["docker", "run", "-e", "NEO4J_AUTH=neo4j/x7-y", "neo4j"], "3:x7-y"),
        (&["smbclient", "//a/b", "-U", "me%x7-y"], "3:x7-y"),
        (&["curl", "-uadmin:x7-y", "http://x"], "1:x7-y"),
        (&["sshpass", "-px7-y", "ssh", "a"], "1:x7-y"),
        (&["rabbitmqctl", "add_user", "app", "x7-y"], "3:x7-y"),
        (&["app", "--password=known-name"], "1:known-name"),
        (&["app", "postgres://a:known-name@db"], "1:known-name"),
        (&["vault", "login", "x7-y"], "2:x7-y"),
        (&["sqlplus", "-S", "scott/x7-y@db"], "2:x7-y"),
        (&["expdp", "scott/x7-y", "full=y"], "1:x7-y"),
        (&["cypher-shell", "-u", "neo4j", "-p", "x7-y"], "4:x7-y"),
        (&["snmpget", "-A", "x7-y", "host"], "2:x7-y"),
        (&["snmpwalk", "-v2c", "-c", "x7-y", "host"], "3:x7-y"),
        (&["mount", "-t", "cifs", "-o", "username=a,password=x7-y", "//a/b"], "4:x7-y"),
        (&["app", "{\"user\": \"a\", \"password\": \"x7-y\"}"], "1:x7-y"),
    ] {
        assert_eq!(found(arguments), [expected], "{arguments:?}");
    }
}

#[test]
fn arguments_that_hold_none() {
    for arguments in [
        &["app", "--db-password-file=/run/x", "--token-ttl", "3600x"][..],
        &["app", "--password=$(PASSWORD)"],
        &["app", "--password", "$(PASSWORD)"],
        &["app", "--password", "--verbose"],
        &["app", "--secret=known-name"],
        &["app", "--no-password", "x7-y"],
        &["app", "--secret-name=x7-y", "--tls-secret", "ns/x7-y"],
        &["app", "--bearer-token-file", "/var/run/secrets/token"],
        &["docker", "run", "-p", "8080:80"],
        &["sqlplus", "/@db"],
        &["sqlplus", "scott/$PW@db"],
        &["sh", "-c", "awk -F= '/^password=/{print $2}' /run/secrets/db"],
        &["mysql", "-p", "-P", "3306"],
        &["curl", "-u", "admin:$PASSWORD"],
        &["curl", "-H", "Authorization: Bearer ${TOKEN}", "-H", "Accept: x7-y"],
        &["app", "--max-tokens=5000000", "--use-token", "x7-y"],
        &["htpasswd", "-bc", "/f", "admin", "$(PASSWORD)"],
        &["vault", "login", "-method=kubernetes", "role=shop"],
        &[
            "kubectl",
            "create",
            "secret",
            "generic",
            "a",
            "--from-literal=username=admin",
            "--from-literal=type=git",
        ],
        &["git", "config", "credential.helper", "store"],
        &["app", "a b c", "", "=", "-", "--", "--=x7-y"],
    ] {
        assert_eq!(found(arguments), Vec::<String>::new(), "{arguments:?}");
    }
}

#[test]
fn scripts() {
    for (script, expected) in [
        ("export DB_PASSWORD=x7-y; app", "x7-y"),
        ("DB_PASSWORD='x7 y' app --verbose", "x7 y"),
        ("set -e\nTOKEN=\"x7-y\"\napp $TOKEN", "x7-y"),
        ("app \\\n  --password x7-y \\\n  --verbose", "x7-y"),
        ("curl -s -u admin:x7-y http://x | jq .", "x7-y"),
        ("R=$(curl -H \"X-Api-Key: x7-y1\" http://x)", "x7-y1"),
        ("cat <<EOF > app.ini\n[db]\nuser = a\npassword = x7-y\nEOF\napp", "x7-y"),
        ("cat > x.yaml <<'EOF'\ndb:\n  password: \"x7-y\" # why\nEOF", "x7-y"),
        ("su - app -c \"app --token=x7-y\"", "x7-y"),
        ("mysql -uroot -px7-y -e 'select 1'", "x7-y"),
        ("psql -c \"ALTER USER app WITH PASSWORD 'x7-y'\"", "x7-y"),
        ("echo root:x7-y | chpasswd", "x7-y"),
        ("python -c 'import db; db.connect(user=\"a\", password=\"x7-y\")'", "x7-y"),
        ("password = \"x7-y\"", "x7-y"),
        ("printf 'machine git.example\\nlogin me\\npassword x7-y\\n' > ~/.netrc", "x7-y"),
        ("echo \"machine git.example login me password x7-y\" >> ~/.netrc", "x7-y"),
        ("mysql --x={{ -px7-y }}", "x7-y"),
        ("ttyd -p 8080 -c admin:x7-y bash", "x7-y"),
        ("ngrok config add-authtoken x7-y", "x7-y"),
        ("ngrok authtoken x7-y && ngrok http 80", "x7-y"),
        ("airflow users create -u admin -r Admin -p x7-y -e a@b.example", "x7-y"),
        ("vault operator unseal x7-y", "x7-y"),
        ("vault operator unseal x7y9Kq2LmT5vWc8yRzN1pJ==", "x7y9Kq2LmT5vWc8yRzN1pJ=="),
        ("http --auth app:x7-y GET http://a.example", "x7-y"),
        ("ldapadd -x -D cn=admin -w\"x7-y\" -f a.ldif", "x7-y"),
        ("slappasswd -s x7-y", "x7-y"),
        ("node -e \"createClient({password:'x7-y'})\"", "x7-y"),
        ("node -e \"const c = createClient({ user: 'a', password: 'x7-y' })\"", "x7-y"),
        ("password = x7y(1)", "x7y"),
    ] {
        assert_eq!(found(&["sh", "-c", script]), [format!("2:{expected}")], "{script}");
    }
    for script in [
        "TOKEN=$(cat /run/token); app --token \"$TOKEN\"",
        "PASSWORD=`cat x`; app --password=$PASSWORD",
        "if [ -z \"$DB_PASSWORD\" ]; then echo 'no password = no start'; fi",
        "# PASSWORD=x7-y",
        "password=getpass(); connect(password=args.password)",
        "token = os.environ[\"TOKEN\"]",
        "read -s PASSWORD",
        "curl -H \"Authorization: Bearer $(cat /token)\" http://x",
        "cat <<EOF\npassword: $PW\ntoken: ${TOKEN}\nEOF",
        "printf 'machine %s\\nlogin %s\\npassword %s\\n' git.example me \"$PW\" > ~/.netrc",
        "echo \"machine git.example login me password $TOKEN\" >> ~/.netrc",
        "sed -E 's/password=[^&]*/password=***/' log",
        "kubectl get secret x7-y -o jsonpath='{.data.password}'",
        "echo \"don't\"; app",
        "app --password={{ .Data.data.password }}",
        "const token = req.headers.token; let password = getPassword();",
        "const token = await fetchToken(user)",
        "ttyd -p 8080 -c $LOGIN bash",
        "ttyd -W bash -c 'ls x7:y'",
        "ngrok authtoken $NGROK_TOKEN",
        "ngrok http 8080 --log stdout",
        "airflow webserver -p 8080",
        "airflow users list -o json",
        "vault operator unseal \"$KEY\"",
        "vault operator unseal -migrate",
        "http --auth $USER:$PASS GET http://a.example",
        "http -a GET http://a.example",
        "ldapsearch -x -w \"$PW\" -W",
        "ldapsearch -x -w\"$PW\"",
        "slappasswd -s \"$PW\" -h {SSHA}",
        "node -e \"createClient({ password: process.env.PW })\"",
        "python3 -c \"print('password: ' + str(len(x)), end='')\"",
        "python3 -c \"import json,sys; print(json.load(sys.stdin)['token'])\"",
    ] {
        assert_eq!(found(&["sh", "-c", script]), Vec::<String>::new(), "{script}");
    }
}
