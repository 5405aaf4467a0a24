"""Refusals of the pages on which the organisation is kept: units, people, accounts, classes, the working calendar."""

from workflows.errors import Refusal

# Units and classes


class SuperiorUnfit(Refusal):
    """Nothing reports to %(unit)s. Choose a department, a district office or a commune."""


class AppointmentUnknown(Refusal):
    """This unit has no such appointment."""


class CodeTaken(Refusal):
    """There already is a unit with the code %(code)s. Choose another code."""


class CodeBad(Refusal):
    """A code has at most 40 signs: small letters without marks, digits, hyphens and underscores."""


class NotOfTheUnit(Refusal):
    """%(who)s does not belong to %(unit)s. Add or appoint them there first."""


class LastAdministrator(Refusal):
    """%(who)s is the only administrator of %(unit)s. Appoint another one first."""


class EmailBad(Refusal):
    """Write a mail address such as ten@truong.edu.vn, or leave this empty."""


class SchoolOnly(Refusal):
    """Only a school has classes."""


class ClassUnknown(Refusal):
    """This class does not exist."""


class ClassThere(Refusal):
    """There already is a class %(name)s in %(year)s. Choose another name."""


class SchoolYearBad(Refusal):
    """Write the school year as two years that follow one another, such as 2023-2024."""


class TaughtAlready(Refusal):
    """%(who)s teaches %(subject)s in this class. End that assignment first."""


class AssignmentUnknown(Refusal):
    """This assignment does not exist or has ended already."""


# The working calendar


class DayOver(Refusal):
    """%(day)s is over and stays in the calendar: what was computed with it stands."""


class DaysBackwards(Refusal):
    """The last day lies before the first one."""


class TooManyDays(Refusal):
    """At most %(most)s days can be entered at once."""


class DaysOffAlready(Refusal):
    """Nobody works on these days anyway: there is nothing to enter."""


class DaysWorkedAlready(Refusal):
    """People work on these days anyway: there is nothing to enter."""


class DayEntered(Refusal):
    """%(day)s is entered already: %(name)s. Take that back first."""


class LocalDayGone(Refusal):
    """These days are not in the calendar any more."""


class NoDayChosen(Refusal):
    """Choose at least one day."""


# Accounts and passwords


class AccountGone(Refusal):
    """This person has no account. Make one first."""


class AccountThere(Refusal):
    """%(who)s has an account already. Give a start password if theirs is forgotten."""


class NobodyWithoutAccount(Refusal):
    """All of these people have an account already."""


class OwnAccount(Refusal):
    """This is your own account: change your password in the menu under your name. The rest is for another one to do."""


class LoginTaken(Refusal):
    """Somebody already logs in as %(login)s. Choose another login name."""


class LoginBad(Refusal):
    """A login name has 3 to 80 signs: small letters without marks, digits, dots, hyphens and underscores."""


class StartPasswordEnded(Refusal):
    """This start password was valid until %(until)s. Ask whoever gave it to you for a new one."""


class PasswordMustChange(Refusal):
    """Choose a password of your own first. After that you get to the page you asked for."""


class CurrentPasswordWrong(Refusal):
    """This is not your present password. Nothing was changed."""


class PasswordTooShort(Refusal):
    """A password has at least %(least)s characters."""


class PasswordTooEasy(Refusal):
    """This password is easy to guess. Leave out names and repetitions; three or four words of your own are good."""


class PasswordUnchanged(Refusal):
    """This is the password you have now. Choose another one."""


class PasswordsDiffer(Refusal):
    """The two passwords are not the same. Type the new one once more in both fields."""


class DemonstrationAccount(Refusal):
    """This account is offered on the login page of the demonstration and stays as it is. Try it with another one."""
