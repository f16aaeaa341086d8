/** Paths of files that hold secrets, and of files that look like them and do not. */
export const SECRET_PATHS: readonly string[] = words(`
  .env .env.local .env.production .env.development.local .env.test .env~ .env.bak .env.old .env_backup .ENV .Env.Local
  prod.env config/staging.env docker.env app.env.local .envrc .envrc.bak .env.sh .env.json .env.yml
  terraform.tfstate terraform.tfstate.backup prod.tfstate infra/env/terraform.tfstate Terraform.TFState
  terraform.tfstate.d/prod/terraform.tfstate terraform.tfvars prod.tfvars secrets.auto.tfvars terraform.tfvars.json
  network.tfvars.bak .terraformrc terraform.rc credentials.tfrc.json
  .kube/config home/.kube/config .kube/config.bak .kube/prod.yaml kubeconfig kubeconfig.yaml kubeconfig.yml kubeconfig.json
  kubeconfig-prod kubeconfig_dev prod.kubeconfig my-kubeconfig.yaml admin.kubeconfig .kubeconfig kube.config
  .docker/config.json .dockercfg .dockerconfigjson users/me/.docker/config.json
  .aws/credentials .aws/config .aws/cli/cache/abc.json .aws/sso/cache/token.json .AWS/Credentials
  .azure/accessTokens.json .azure/azureProfile.json .azure/msal_token_cache.json accessTokens.json
  .config/gcloud/credentials.db .config/gcloud/legacy_credentials/a/adc.json .config/gcloud/access_tokens.db
  application_default_credentials.json .config/gh/hosts.yml .config/hub .config/rclone/rclone.conf rclone.conf
  .config/doctl/config.yaml .oci/config .databrickscfg .snowsql/config .s3cfg .boto .passwd-s3fs
  .git-credentials .git-credentials.bak .gitcookies .vault-token .vault-pass .vault_pass.txt vault_password.txt
  service-account.json service_account.json serviceAccount.json serviceAccountKey.json service-account-prod.json
  my-service-account.json service_account_key.json ServiceAccount-Credentials.json acme-firebase-adminsdk-x1y2z-0a1b2c3d4e.json
  client_secret.json client_secrets.json client-secret.json client_secret_1234.apps.googleusercontent.com.json
  gcp-key.json gcp_credentials.json google-credentials.json aws-credentials.txt aws_keys.csv azure-credentials.json
  credentials credentials.json credentials.csv credentials.ini credentials.yml credentials.yml.enc db-credentials.properties
  _credentials .credentials new_user_credentials.csv rootkey.csv alice_accessKeys.csv creds.json prod-creds.yaml
  secrets.json secrets.yml secrets.yaml secrets.toml secret.yaml secrets.ini secrets.env app-secrets.json k8s/db-secret.yaml
  .secrets .secret .secrets/api token/.token secrets.properties secrets.yaml.bak secrets.json.orig
  .bash_history .zsh_history .sh_history .ksh_history .python_history .node_repl_history .psql_history .mysql_history
  .sqlite_history .rediscli_history .irb_history .pry_history .mongo_history .local/share/fish/fish_history .zhistory
  ConsoleHost_history.txt .lesshst .viminfo .dbshell
  id_rsa id_dsa id_ecdsa id_ed25519 id_ecdsa_sk id_rsa.bak id_rsa.old id_rsa~ ID_RSA keys/id_ed25519.txt id_rsa_work
  deploy_rsa ci_rsa github-rsa deploy_ed25519 bitbucket_dsa travis_rsa.bak ssh_host_rsa_key ssh_host_ed25519_key
  .ssh/config .ssh/known_hosts .ssh/work .ssh/authorized_keys home/.ssh/id_rsa .gnupg/secring.gpg .gnupg/trustdb.txt
  .password-store/mail/example.gpg passwords.kdbx vault.kdb vault.psafe3 private.ppk server.key server.pem tls/private.pem
  cert.p12 cert.pfx keystore.jks release.keystore app.jceks AuthKey_ABC123.p8 mail.gpg key.agekey client.ovpn
  private_key private-key.txt secret_key deploy_key app.mobileprovision login.keychain-db
  .netrc _netrc netrc .netrc.swp .authinfo .pgpass pgpass.conf .my.cnf .mylogin.cnf .npmrc .yarnrc.yml .yarnrc .pypirc
  .htpasswd .htdigest .cargo/credentials.toml .cargo/credentials .gem/credentials .m2/settings.xml .m2/settings-security.xml
  .composer/auth.json .pulumi/credentials.json .gradle/gradle.properties .subversion/auth kaggle.json .kaggle/kaggle.json
  filezilla.xml sitemanager.xml WinSCP.ini sftp-config.json .ftpconfig master.key passwords.txt password.txt cookies.txt
  logins.json wallet.dat keystore/UTC--2020-01-01T00-00-00.000Z--0123456789abcdef shadow .smbcredentials .msmtprc clouds.yaml openrc
  .fetchmailrc .sentryclirc .config/stripe/config.toml .terraform.d/credentials.tfrc.json .codex/auth.json
`)

export const LOOK_ALIKE_PATHS: readonly string[] = words(`
  id_rsa.py id_rsa.ts src/id_ed25519.go id_rsa.pub deploy_rsa.pub .ssh/config.ts rsa.ts rsa.py ecdsa.go ed25519.rs crypto/rsa/rsa.go
  .env.d.ts env.d.ts .env.ts .env.js .env.example .env.sample .env.template .env.dist .env.defaults .env.local.example
  .env.schema env.ts environment.ts src/env.rs dotenv.go parse_env.py prod.env.ts .env.mjs .envrc.example
  secrets.ts secrets.py secrets.go secret.rs secrets.rb src/secrets/index.ts secrets/store.go secret_manager.tf secrets.md
  charts/app/templates/secret.yaml templates/db-secret.yaml
  credentials.go credentials.ts credentials.py aws/credentials/provider.go credentials.rb credentials_test.go credentials.md
  guide.asc readme.asc manual.adoc service-account.ts service_account.py service_account.go serviceaccount.yaml service_account_test.go
  client_secret.go client_secret.ts client_secrets_parser.py kubeconfig.go kubeconfig_test.go kube/config.go kubeconfig.md
  pkg/kubeconfig/loader.go docker/config.json .docker/Dockerfile docker/config.go vault_token.go vault.ts tfstate.go tfvars.py
  terraform.tf main.tf variables.tf terraform.tfvars.example history.ts bash_history.py shell_history.go history.md
  netrc.py npmrc.js pypirc.py pgpass.c htpasswd.go netrc_test.go keystore.java keystore.go Keystore.kt pem.go key.ts keys.py
  gpg.ts password.ts passwords.go password_store.rb token.ts tokens.json tokens.ts auth.json auth.ts auth.go cookies.ts
  master.ts shadow.css openrc.ts .github/workflows/secrets-scan.yml docs/secrets/README.md .aws/task-definition.json
  .azure/pipelines.yml .config/app.json .vscode/settings.json .gitconfig .gitignore .dockerignore settings.xml config.json
  identity.go access_tokens.rb git_credentials.go credential.ts private_key.go privateKey.ts deploy_key.rb ssh_host_key.go
  openid.json secretary.json discredentials.txt
`)

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}
