package io.perilune.scripting.lib;

import org.jspecify.annotations.Nullable;

/**
 * A moment in the proleptic Gregorian calendar of UTC, and C's strftime of it in the C locale.
 *
 * @param month 1..12
 * @param weekday 0..6 from Sunday
 * @param dayOfYear from 1
 */
record CalendarDate(
        long year, int month, int day, int hour, int minute, int second, int weekday, int dayOfYear, long seconds) {
    private static final String[] DAYS = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
    private static final String[] MONTHS = {
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December"
    };
    private static final int DAY_SECONDS = 86_400;
    private static final int THURSDAY = 4;

    /** From 1 March of the year 0, where leap days end the years, to 1 January 1970. */
    private static final long EPOCH_DAYS = 719_468;

    private static final int ERA_DAYS = 146_097;
    private static final int ERA_YEARS = 400;

    static CalendarDate of(long seconds) {
        var days = Math.floorDiv(seconds, (long) DAY_SECONDS);
        var rest = Math.floorMod(seconds, DAY_SECONDS);
        var shifted = days + EPOCH_DAYS;
        var era = Math.floorDiv(shifted, (long) ERA_DAYS);
        var dayOfEra = Math.floorMod(shifted, ERA_DAYS);
        var yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / (ERA_DAYS - 1)) / 365;
        var dayFromMarch = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        var monthFromMarch = (5 * dayFromMarch + 2) / 153;
        var month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
        var year = era * ERA_YEARS + yearOfEra + (month <= 2 ? 1 : 0);
        return new CalendarDate(
                year,
                month,
                dayFromMarch - daysToMonth(monthFromMarch) + 1,
                rest / 3_600,
                rest / 60 % 60,
                rest % 60,
                (int) Math.floorMod(days + THURSDAY, 7L),
                (int) (days - days(year, 1, 1)) + 1,
                seconds);
    }

    /** The time of these fields, which may be out of their ranges; each within an int. */
    static long seconds(long year, long month, long day, long hour, long minute, long second) {
        var months = year * 12 + month - 1;
        var days = days(Math.floorDiv(months, 12L), Math.floorMod(months, 12) + 1, 1) + day - 1;
        return days * DAY_SECONDS + hour * 3_600 + minute * 60 + second;
    }

    private static long days(long year, int month, int day) {
        var shifted = month <= 2 ? year - 1 : year;
        var monthFromMarch = month > 2 ? month - 3 : month + 9;
        var era = Math.floorDiv(shifted, (long) ERA_YEARS);
        var yearOfEra = Math.floorMod(shifted, ERA_YEARS);
        var dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + daysToMonth(monthFromMarch) + day - 1;
        return era * ERA_DAYS + dayOfEra - EPOCH_DAYS;
    }

    /** From March on, months of 31 and 30 days alternate in fives. */
    private static int daysToMonth(int monthFromMarch) {
        return (153 * monthFromMarch + 2) / 5;
    }

    /** @return null where C has no such conversion */
    @Nullable
    String formatted(char conversion, String zone) {
        return switch (conversion) {
            case 'a' -> DAYS[weekday].substring(0, 3);
            case 'A' -> DAYS[weekday];
            case 'b', 'h' -> MONTHS[month - 1].substring(0, 3);
            case 'B' -> MONTHS[month - 1];
            case 'c' ->
                formatted('a', zone) + " " + formatted('b', zone) + " " + padded(day, ' ', 2) + " "
                        + formatted('T', zone) + " " + year;
            case 'C' -> Long.toString(Math.floorDiv(year, 100L));
            case 'd' -> padded(day, '0', 2);
            case 'D', 'x' -> padded(month, '0', 2) + "/" + padded(day, '0', 2) + "/" + yearOfCentury(year);
            case 'e' -> padded(day, ' ', 2);
            case 'F' -> year + "-" + padded(month, '0', 2) + "-" + padded(day, '0', 2);
            case 'g' -> yearOfCentury(isoYear());
            case 'G' -> Long.toString(isoYear());
            case 'H' -> padded(hour, '0', 2);
            case 'I' -> padded(hour12(), '0', 2);
            case 'j' -> padded(dayOfYear, '0', 3);
            case 'm' -> padded(month, '0', 2);
            case 'M' -> padded(minute, '0', 2);
            case 'n' -> "\n";
            case 'p' -> hour < 12 ? "AM" : "PM";
            case 'r' ->
                padded(hour12(), '0', 2) + ":" + padded(minute, '0', 2) + ":" + padded(second, '0', 2) + " "
                        + formatted('p', zone);
            case 'R' -> padded(hour, '0', 2) + ":" + padded(minute, '0', 2);
            case 'S' -> padded(second, '0', 2);
            case 't' -> "\t";
            case 'T', 'X' -> padded(hour, '0', 2) + ":" + padded(minute, '0', 2) + ":" + padded(second, '0', 2);
            case 'u' -> Integer.toString(weekday == 0 ? 7 : weekday);
            case 'U' -> padded((dayOfYear + 6 - weekday) / 7, '0', 2);
            case 'V' -> padded(isoWeek(), '0', 2);
            case 'w' -> Integer.toString(weekday);
            case 'W' -> padded((dayOfYear + 6 - weekdayFromMonday()) / 7, '0', 2);
            case 'y' -> yearOfCentury(year);
            case 'Y' -> Long.toString(year);
            case 'z' -> "+0000";
            case 'Z' -> zone;
            case '%' -> "%";
            default -> null;
        };
    }

    private int hour12() {
        return hour % 12 == 0 ? 12 : hour % 12;
    }

    private int weekdayFromMonday() {
        return (weekday + 6) % 7;
    }

    /** ISO 8601: a week belongs to the year of its Thursday. */
    private CalendarDate thursday() {
        return of(seconds + (3L - weekdayFromMonday()) * DAY_SECONDS);
    }

    private long isoYear() {
        return thursday().year;
    }

    private int isoWeek() {
        return (thursday().dayOfYear - 1) / 7 + 1;
    }

    private static String yearOfCentury(long year) {
        return padded(Math.floorMod(year, 100), '0', 2);
    }

    private static String padded(long number, char with, int width) {
        var digits = Long.toString(number);
        return String.valueOf(with).repeat(Math.max(width - digits.length(), 0)) + digits;
    }
}
