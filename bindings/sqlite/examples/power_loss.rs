//! Which `PRAGMA synchronous` may you choose? This takes the power away at every write of an application that moves money
//! between accounts, restarts it, and says what is left: `cargo run --example power_loss`.

use outlive_sqlite::{Connection, Error, Fault, MemoryDisk, RegisteredVfs, Value};

const ACCOUNTS: i64 = 8;
const MONEY: i64 = 1000;
const TRANSFERS: i64 = 8;
/// How often each operation is the last one: what survives of it is drawn.
const DRAWS: u64 = 4;

/// The application. Says how many transfers were confirmed to its user.
fn transfer(db: &Connection, confirmed: &mut i64) -> Result<(), Error> {
    db.execute(
        "BEGIN; CREATE TABLE account(id INTEGER PRIMARY KEY, money, note); CREATE TABLE transfer(amount)",
    )?;
    for _ in 0..ACCOUNTS {
        db.query("INSERT INTO account(money, note) VALUES (?, randomblob(700))", &[MONEY.into()])?;
    }
    db.execute("COMMIT")?;
    for number in 0..TRANSFERS {
        let (from, to) = (number % ACCOUNTS, number * 3 % ACCOUNTS + 1);
        let amount = Value::Integer(number + 1);
        db.execute("BEGIN")?;
        for (account, sign) in [(from + 1, -1), (to, 1)] {
            let change = Value::Integer(sign * (number + 1));
            db.query(
                "UPDATE account SET money = money + ? WHERE id = ?",
                &[change, account.into()],
            )?;
        }
        db.query("INSERT INTO transfer VALUES (?)", &[amount])?;
        db.execute("COMMIT")?;
        *confirmed += 1;
    }
    Ok(())
}

/// What a crash did.
enum Outcome {
    Fine,
    /// Transfers that were confirmed are gone.
    Lost,
    /// Money is missing, or SQLite finds the file damaged.
    Damaged,
}

fn look(db: &Connection, confirmed: i64) -> Result<Outcome, Error> {
    if db.query("PRAGMA integrity_check", &[])? != [[Value::from("ok")]] {
        return Ok(Outcome::Damaged);
    }
    if db.query("SELECT 1 FROM sqlite_schema", &[])?.is_empty() {
        return Ok(if confirmed == 0 { Outcome::Fine } else { Outcome::Lost });
    }
    let rows = db.query("SELECT count(*), coalesce(sum(money), 0) FROM account", &[])?;
    let [Value::Integer(accounts), Value::Integer(money)] = rows[0][..] else {
        return Ok(Outcome::Damaged);
    };
    if money != accounts * MONEY {
        return Ok(Outcome::Damaged);
    }
    let transfers = db.query("SELECT count(*) FROM transfer", &[])?;
    Ok(if matches!(transfers[0][0], Value::Integer(there) if there < confirmed) {
        Outcome::Lost
    } else {
        Outcome::Fine
    })
}

fn open(vfs: &RegisteredVfs, pragmas: &str) -> Result<Connection, Error> {
    let db = Connection::open("bank.db", Some(vfs.name()))?;
    db.execute(pragmas)?;
    Ok(db)
}

fn main() -> Result<(), Error> {
    println!("{:<42} {:>8} {:>6} {:>8}", "", "crashes", "lost", "damaged");
    let disk = MemoryDisk::new();
    let vfs = RegisteredVfs::new("bank", disk.clone())?;
    for journal in [
        "PRAGMA journal_mode = DELETE",
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL",
    ] {
        for synchronous in ["OFF", "NORMAL", "FULL"] {
            let pragmas = format!("{journal}; PRAGMA synchronous = {synchronous}");
            let [mut fine, mut lost, mut damaged] = [0; 3];
            for operation in 1.. {
                let mut survived = false;
                for draw in 0..DRAWS {
                    disk.format();
                    disk.fault_in(operation, Fault::Crash);
                    let mut confirmed = 0;
                    survived =
                        open(&vfs, &pragmas).and_then(|db| transfer(&db, &mut confirmed)).is_ok();
                    if survived {
                        break;
                    }
                    disk.restart(draw);
                    match open(&vfs, &pragmas).and_then(|db| look(&db, confirmed)) {
                        Ok(Outcome::Fine) => fine += 1,
                        Ok(Outcome::Lost) => lost += 1,
                        Ok(Outcome::Damaged) | Err(_) => damaged += 1,
                    }
                }
                if survived {
                    break;
                }
            }
            let short = pragmas.replace("PRAGMA ", "").replace("locking_mode = EXCLUSIVE; ", "");
            println!("{short:<42} {:>8} {lost:>6} {damaged:>8}", fine + lost + damaged);
        }
    }
    Ok(())
}
