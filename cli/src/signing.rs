//! Private keys of endpoints that verify with public ones: on this machine, for the local stack, so that the tool can
//! sign as the provider would. A deployed stack never has one: the private key is the provider's.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use verification::SigningKey;
use zeroize::Zeroizing;

use crate::local::Layout;
use crate::options::Options;
use crate::problem::Problem;

/// Keeps the private key of an endpoint of the local stack, for its owner only.
pub(crate) fn keep(options: &Options, endpoint: &str, key: &SigningKey) -> anyhow::Result<()> {
    let file = Layout::find(options.dir.as_deref())?.signing_key(endpoint);
    let write = || {
        fs::create_dir_all(file.parent().unwrap_or(&file))?;
        let new = file.with_extension("new");
        // A file that is there would keep its mode.
        crate::local::absent(fs::remove_file(&new))?;
        let mut opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        opened.write_all(key.to_pem().as_bytes())?;
        fs::rename(&new, &file)
    };
    write().with_context(|| format!("write {}", file.display()))
}

/// The private key of an endpoint of the local stack, if there is one.
pub(crate) fn kept(options: &Options, endpoint: &str) -> anyhow::Result<Option<SigningKey>> {
    let file = Layout::find(options.dir.as_deref())?.signing_key(endpoint);
    match fs::symlink_metadata(&file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        _ => read(&file).map(Some),
    }
}

/// The private key in a file, in PEM.
pub(crate) fn read(file: &Path) -> anyhow::Result<SigningKey> {
    let text = fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    let invalid = |error| Problem::usage(format!("{}: {error}", file.display()));
    Ok(SigningKey::from_pem(&Zeroizing::new(text)).map_err(invalid)?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use verification::{Provider, generate};

    use super::*;

    #[test]
    fn a_key_is_kept_for_its_owner_only_and_found_again() {
        let dir = std::env::temp_dir().join(format!("tollgate-signing-{}", std::process::id()));
        let options = Options { dir: Some(dir.clone()), ..Options::default() };
        let key = || generate(Provider::named("plaid").unwrap(), None).unwrap().signing_key.unwrap();
        assert!(kept(&options, "shop").unwrap().is_none());
        keep(&options, "shop", &key()).unwrap();
        let second = key();
        keep(&options, "shop", &second).unwrap();
        assert_eq!(*kept(&options, "shop").unwrap().unwrap().to_pem(), *second.to_pem());
        let mode = fs::metadata(dir.join("signing/shop.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn what_is_no_key_is_refused_without_its_text() {
        let file = std::env::temp_dir().join(format!("tollgate-no-key-{}", std::process::id()));
        fs::write(&file, "geheim").unwrap();
        let error = read(&file).unwrap_err();
        assert!(crate::problem::exit(&error).0 == 2 && !format!("{error:#}").contains("geheim"));
        fs::remove_file(file).unwrap();
    }
}
