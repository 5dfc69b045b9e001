package dev.comfyrouter.testkit;

/// A font of 5 by 7 points for the printable ASCII characters; others look like a question mark.
final class BitmapFont {

    static final int WIDTH = 5;
    static final int HEIGHT = 7;
    static final int ADVANCE = 6;

    // Seven digits to the base of 32 for each character from the blank on: a digit is a row, its highest bit
    // the leftmost point.
    private static final String ROWS = ""
            + "00000004444404aaa0000aavavaa4fke5u4op248j3cik8lid44400002488842842224804lel40044v440"
            + "0000c48000v00000000cc01248g0ehjlphe4c4444eeh1248vv2421he26aiv22vgu11he68guhhev124888"
            + "ehhehheehhf12c0cc0cc00cc0c48248g84200v0v008421248eh12404eh1dlleehhhvhhuhhuhhuehggghe"
            + "sihhhisvgguggvvggugggehgnhhfhhhvhhhe44444e72222ichikokihggggggvhrllhhhhhpljhhehhhhhe"
            + "uhhugggehhhliduhhukihfgge11uv444444hhhhhhehhhhha4hhhlllahha4ahhhhha444v1248gve88888e"
            + "0g84210e22222e4ah0000000000v842000000e1fhfggmphhu00egghe11djhhf00ehvge698s8880fhhf1e"
            + "ggmphhh40c444e20622icggikokic44444e00qllhh00mphhh00ehhhe00uhugg00djf1100mpggg00ege1u"
            + "88s889600hhhjd00hhha400hhlla00ha4ah00hhf1e00v248v244844244444448442448008l200";

    private BitmapFont() {}

    static boolean isSet(char character, int column, int row) {
        int known = character < ' ' || character > '~' ? '?' : character;
        int bits = Character.digit(ROWS.charAt((known - ' ') * HEIGHT + row), 32);
        return (bits >> (WIDTH - 1 - column) & 1) != 0;
    }
}
