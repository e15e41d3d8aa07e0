use crate::world::{Installation, own_and_sis, sis};

const PASSWORD: &str = "tuba lamp forest yard\n";

#[tokio::test]
async fn s22_the_command_line_makes_an_admin_and_lets_one_in_again() {
    let (at, sim) = (Installation::new(), sis(1).await);
    at.import(&own_and_sis("north", &sim)).await;
    let add = ["person", "add", "Mara@north.test", "--name", "Mara Lind", "--role", "admin"];
    let made = at.run_with(&add, PASSWORD).await.with(0);
    assert_eq!(made.out, "Mara@north.test can sign in as admin in every school\n");
    let again = at.run_with(&add, "another lamp forest yard\n").await.with(0);
    assert!(again.out.contains("is let in again, with a new password and no lock"), "{}", again.out);
    let listed = at.run(&["person", "list"]).await.with(0).out;
    assert!(listed.contains("Mara Lind") && listed.contains("admin in every school"), "{listed}");
    assert!(!listed.contains("argon2"), "no hash: {listed}");
    at.run(&["person", "unlock", "mara@NORTH.test"]).await.with(0);
    let last = at.run(&["person", "remove", "mara@north.test"]).await.with(1);
    assert!(last.err.contains("this is the last admin"), "{}", last.err);
    let lead =
        ["person", "add", "ruiz@north.test", "--name", "T. Ruiz", "--role", "lead", "--school", "north"];
    let made = at.run_with(&lead, PASSWORD).await.with(0);
    assert_eq!(made.out, "ruiz@north.test can sign in as lead in north\n");
    at.run(&["person", "remove", "ruiz@north.test"]).await.with(0);
    let listed = at.run(&["person", "list", "--json"]).await.with(0).out;
    assert!(listed.lines().any(|line| line.contains("T. Ruiz") && line.contains("removed")), "{listed}");
    assert_eq!(at.audit("person.remove").await.len(), 1, "of this school");
}

#[tokio::test]
async fn s20_a_password_that_is_not_taken_is_said_why_and_nothing_is_made() {
    let at = Installation::new();
    let add = ["person", "add", "mara@north.test", "--name", "Mara Lind", "--role", "admin"];
    for (password, wanted) in [
        ("short\n", "at least 15 characters"),
        ("passwordpassword\n", "tried first"),
        ("mara lind north!\n", "mostly your name"),
        ("\n", "first line of standard input"),
    ] {
        let refused = at.run_with(&add, password).await.with(2);
        assert!(refused.err.contains(wanted), "{password}: {}", refused.err);
    }
    let wrong = ["person", "add", "mara", "--name", "Mara Lind", "--role", "admin"];
    assert!(at.run_with(&wrong, PASSWORD).await.with(2).err.contains("e-mail address"));
    assert_eq!(at.run(&["person", "list"]).await.with(0).out.lines().count(), 1, "headings only");
}
